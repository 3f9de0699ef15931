//! Where a request comes from, and whether nobody on the way could read it.

use axum::extract::{ConnectInfo, Request};
use std::net::{IpAddr, SocketAddr};

/// Marks a request that came over TLS.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Encrypted;

/// What is known of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The client's address.
    pub address: String,
    /// Whether it is encrypted, from the client on: of a trusted proxy's clients the proxy says so.
    pub secure: bool,
    /// Whether it never left this machine.
    pub local: bool,
}

impl Origin {
    /// Of a request from `peer`, over TLS or not. Only trusted proxies are believed; a proxy on this machine that
    /// nobody named makes a request neither local nor secure.
    pub fn of(request: &Request, proxies: &[IpAddr]) -> Self {
        let extensions = request.extensions();
        let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        let encrypted = extensions.get::<Encrypted>().is_some();
        let headers = request.headers();
        let Some(peer) = peer.map(|peer| peer.to_canonical()) else {
            return Self { address: String::new(), secure: false, local: false };
        };
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        if !proxies.contains(&peer) {
            let named = ["x-forwarded-for", "x-forwarded-proto", "forwarded", "x-real-ip"];
            let forwarded = named.iter().any(|name| headers.contains_key(*name));
            let local = peer.is_loopback() && !forwarded;
            return Self { address: peer.to_string(), secure: encrypted, local };
        }
        // The last address that is not a proxy of ours: those before it are the client's word.
        let hops = headers.get_all("x-forwarded-for").iter().filter_map(|hop| hop.to_str().ok());
        let hops: Vec<&str> = hops.flat_map(|hops| hops.split(',')).map(str::trim).collect();
        let hops = hops.iter().rev().map_while(|hop| hop.parse::<IpAddr>().ok());
        let client = hops.map(|hop| hop.to_canonical()).find(|hop| !proxies.contains(hop));
        Self {
            address: client.unwrap_or(peer).to_string(),
            secure: text("x-forwarded-proto") == Some("https"),
            local: false,
        }
    }
}
