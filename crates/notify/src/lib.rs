//! Sends letters over SMTP. Knows no database and no page; whether to try again is decided by its
//! caller, who learns why a letter was not taken.

use lettre::message::header::ContentType;
use lettre::message::{Mailbox, MessageBuilder};
use lettre::transport::smtp;
use lettre::{Address, Message, SmtpTransport, Transport};
use std::time::Duration;

/// How long a mail server may take for each answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// A letter in plain text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Names it for good: a letter that is sent again keeps it, so that readers show it once.
    pub id: String,
    /// Address.
    pub to: String,
    /// Subject, on one line.
    pub subject: String,
    /// Text.
    pub text: String,
}

/// Why a letter was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Trying again is of no use.
    #[error("{0}")]
    Final(String),
    /// It may be taken later.
    #[error("{0}")]
    Passing(String),
}

/// Why the configuration can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Not an address of a mail server.
    #[error("this is no mail server's address, e.g. smtps://user:password@mail.example.edu: {0}")]
    Url(String),
    /// Not a sender.
    #[error("this is no sender, e.g. 'Muster <muster@example.edu>': {0}")]
    From(String),
}

/// A mail server, ready to take letters.
#[derive(Clone, Debug)]
pub struct Mailer {
    transport: SmtpTransport,
    from: Mailbox,
}

impl Mailer {
    /// For a server such as `smtps://user:password@mail.example.edu`, or
    /// `smtp://mail.example.edu?tls=required`, and a sender. Nothing is sent yet.
    pub fn new(url: &str, from: &str) -> Result<Self, ConfigError> {
        let transport = SmtpTransport::from_url(url);
        let transport = transport.map_err(|error| ConfigError::Url(error.to_string()))?;
        let from = from.parse::<Mailbox>().map_err(|error| ConfigError::From(error.to_string()))?;
        Ok(Self { transport: transport.timeout(Some(PATIENCE)).build(), from })
    }

    /// The sender, as readers see it.
    pub fn from(&self) -> String {
        self.from.to_string()
    }

    /// Sends a letter; takes as long as the server does.
    pub fn send(&self, letter: &Letter) -> Result<(), Failure> {
        let message = self.message(letter)?;
        self.transport.send(&message).map(drop).map_err(|error| explain(&error))
    }

    fn message(&self, letter: &Letter) -> Result<Message, Failure> {
        let wrong = |error: &dyn std::fmt::Display| Failure::Final(error.to_string());
        let to: Address = letter.to.parse().map_err(|error| wrong(&error))?;
        let id = format!("<{}@{}>", letter.id, self.from.email.domain());
        let subject: String = letter.subject.split_whitespace().collect::<Vec<_>>().join(" ");
        MessageBuilder::new()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(subject)
            .message_id(Some(id))
            .header(ContentType::TEXT_PLAIN)
            .body(letter.text.clone())
            .map_err(|error| wrong(&error))
    }
}

/// A server that says no for good (5xx) is believed; anything else may pass.
fn explain(error: &smtp::Error) -> Failure {
    let mut words = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        words = format!("{words}: {inner}");
        source = inner.source();
    }
    if error.is_permanent() { Failure::Final(words) } else { Failure::Passing(words) }
}
