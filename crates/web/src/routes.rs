//! Every route declares who may use it; the table that results is walked by the tests.

use crate::caller::Who;
use crate::server::App;
use axum::Router;
use axum::extract::{Request, State};
use axum::handler::Handler;
use axum::http::Method;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, on};
use muster_domain::auth::Permission;

/// Who may use a route. The action behind it decides again, for the very record it touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody.
    Public,
    /// Whoever is signed in.
    SignedIn,
    /// Whoever holds the permission for anything at all.
    Needs(Permission),
}

/// A declared route.
#[derive(Clone, Debug)]
pub struct Route {
    /// Method.
    pub method: Method,
    /// Path with its parameters in braces.
    pub path: &'static str,
    /// Who may use it.
    pub access: Access,
}

/// Routes with their access, in the making.
#[derive(Default)]
pub(crate) struct Routes {
    router: Router<App>,
    table: Vec<Route>,
}

impl Routes {
    pub fn get<H, T>(self, path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.add(&Method::GET, MethodFilter::GET, path, access, handler)
    }

    pub fn post<H, T>(self, path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.add(&Method::POST, MethodFilter::POST, path, access, handler)
    }

    pub fn put<H, T>(self, path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.add(&Method::PUT, MethodFilter::PUT, path, access, handler)
    }

    pub fn patch<H, T>(self, path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.add(&Method::PATCH, MethodFilter::PATCH, path, access, handler)
    }

    pub fn delete<H, T>(self, path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.add(&Method::DELETE, MethodFilter::DELETE, path, access, handler)
    }

    fn add<H, T>(
        mut self,
        method: &Method,
        filter: MethodFilter,
        path: &'static str,
        access: Access,
        handler: H,
    ) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        let verifying = access == Access::Public || VERIFYING.contains(&path);
        let state = Guard { access, teaching: is_teaching(path, access), verifying };
        let guarded = on(filter, handler).route_layer(from_fn_with_state(state, guard));
        self.router = self.router.route(path, guarded);
        self.table.push(Route { method: method.clone(), path, access });
        self
    }

    pub fn into_parts(self) -> (Router<App>, Vec<Route>) {
        (self.router, self.table)
    }
}

/// What every login opens and one by PIN does too, as it belongs to teaching. It must not reach what
/// is its person's own, such as their logins, the password, or the address of a calendar.
const TEACHING: [&str; 5] = [
    "/",
    "/sign-out",
    "/classes/{id}/students/{person}",
    "/people/{id}/photo",
    "/api/v1/people/{id}/photo",
];

/// Whether a login for one class alone opens the route; new ones are closed to it by themselves.
fn is_teaching(path: &str, access: Access) -> bool {
    // Tables to read in reach further than the class, and belong to whoever sent them.
    let tables = path.contains("/imports") || path.contains("/exports/");
    match access {
        Access::Public => true,
        Access::SignedIn => TEACHING.contains(&path),
        Access::Needs(permission) => permission.is_teaching() && !tables,
    }
}

/// What a verifier's phone opens, and nothing else.
const VERIFYING: [&str; 5] = [
    "/api/v1/verifier-devices/me",
    "/api/v1/points/{id}/pack",
    "/api/v1/redemptions",
    "/api/v1/redemptions/batch",
    "/api/v1/redemptions/{id}/reversal",
];

/// What a route asks of whoever calls.
#[derive(Clone, Copy)]
struct Guard {
    access: Access,
    teaching: bool,
    verifying: bool,
}

async fn guard(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let who = request.extensions().get::<Who>();
    let refused = match (guard.access, who) {
        (Access::Public, _) => None,
        (_, None) => Some(muster_app::Error::NotSignedIn),
        (_, Some(who)) if who.actor.class.is_some() && !guard.teaching => {
            Some(muster_app::Error::Forbidden)
        }
        (_, Some(who)) if who.verifier.is_some() && !guard.verifying => {
            Some(muster_app::Error::Forbidden)
        }
        (Access::SignedIn, Some(_)) => None,
        (Access::Needs(permission), Some(who)) => {
            let may = who.actor.may_somewhere(permission);
            (!may).then_some(muster_app::Error::Forbidden)
        }
    };
    match refused {
        None => next.run(request).await,
        Some(error) => crate::error::respond(&error, request.uri()).into_response(),
    }
}
