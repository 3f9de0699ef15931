//! Letters: the mail server as configured, and the job that takes letters there.

use crate::node::Node;
use anyhow::{Context, Result};
use clap::Args;
use muster_app::{Ctx, mail};
use muster_domain::ids::LetterId;
use muster_domain::time::Timestamp;
use muster_notify::{Failure, Letter, Mailer};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How often to look for letters.
const ROUND: Duration = Duration::from_secs(2);

/// How letters are sent.
#[derive(Args, Clone, Debug)]
pub(crate) struct Mail {
    /// Mail server for letters, e.g. smtps://user:password@mail.example.edu; needs --base-url and
    /// --mail-from. Without it everything works, but no letters are sent
    #[arg(long, env = "MUSTER_SMTP_URL", hide_env_values = true)]
    smtp_url: Option<String>,
    /// Sender of letters, e.g. 'Muster <muster@example.edu>'
    #[arg(long, env = "MUSTER_MAIL_FROM")]
    mail_from: Option<String>,
}

/// A mail server and where links in letters lead.
pub(crate) struct Post {
    pub mailer: Mailer,
    pub base: String,
}

impl Mail {
    /// The mail server, if one is configured.
    pub fn post(&self, base_url: Option<&str>) -> Result<Option<Post>> {
        let Some(url) = &self.smtp_url else { return Ok(None) };
        let from = self.mail_from.as_deref().context("--smtp-url needs --mail-from")?;
        let base = base_url.context("--smtp-url needs --base-url: links in letters lead there")?;
        let mailer = Mailer::new(url, from).context("can't use --smtp-url and --mail-from")?;
        Ok(Some(Post { mailer, base: base.trim_end_matches('/').to_owned() }))
    }
}

/// Sends letters when their time comes.
pub(crate) async fn deliver(node: Node, post: Post, mut stopped: watch::Receiver<bool>) {
    let carrier = Carrier { node, post: Arc::new(post) };
    loop {
        tokio::select! {
            _ = stopped.changed() => return,
            () = tokio::time::sleep(ROUND) => {}
        }
        let at = (carrier.node.clock)();
        let due = carrier.node.store.read(move |tx| mail::due(tx, at)).await;
        for letter in due.unwrap_or_default() {
            if let Err(error) = carrier.carry(letter).await {
                tracing::error!(%error, "a letter could not be handled");
            }
            if *stopped.borrow() {
                return;
            }
        }
    }
}

struct Carrier {
    node: Node,
    post: Arc<Post>,
}

impl Carrier {
    fn ctx(&self) -> Arc<Ctx> {
        Arc::new(self.node.ctx("job"))
    }

    async fn carry(&self, due: (LetterId, Timestamp)) -> muster_app::Result<()> {
        let (ctx, post) = (self.ctx(), self.post.clone());
        let act = ctx.act.clone();
        let taken = self.node.store.write(&act, move |tx| mail::take(tx, &ctx, due, &post.base));
        let Some(row) = taken.await? else { return Ok(()) };
        let letter = Letter {
            id: row.id.to_string(),
            to: row.recipient,
            subject: row.subject,
            text: row.body,
        };
        let post = self.post.clone();
        let sending = tokio::task::spawn_blocking(move || post.mailer.send(&letter));
        let done = sending.await.unwrap_or_else(|error| Err(Failure::Passing(error.to_string())));
        let (ctx, id) = (self.ctx(), row.id);
        let act = ctx.act.clone();
        let noted = self.node.store.write(&act, move |tx| match &done {
            Ok(()) => mail::sent(tx, &ctx, id),
            Err(failure) => {
                tracing::warn!(%id, %failure, "a letter was not taken");
                let is_final = matches!(failure, Failure::Final(_));
                mail::failed(tx, &ctx, id, &failure.to_string(), is_final)
            }
        });
        noted.await
    }
}
