//! Handing a teacher over to the hub, where online classes are held.

use crate::agent::{Patience, agent};
use crate::hub::Failure;
use crate::round::{Exchanged, Syncer};
use muster_app::nodes::{self, HANDOVERS, Wish};
use serde_json::{Value, json};
use std::time::Duration;

/// Somebody waits for it.
const PATIENCE: Patience =
    Patience { connecting: Duration::from_secs(5), answering: Duration::from_secs(15) };

impl Syncer {
    /// The address at the hub under which somebody goes on, signed in for that class. Blocks.
    pub fn hand_over(&self, wish: Wish) -> Result<String, Failure> {
        let here = |error: &dyn std::fmt::Display| Failure::Here(error.to_string());
        let agent = agent(self.ca(), PATIENCE).map_err(|error| here(&error))?;
        let body = json!(wish).to_string().into_bytes();
        let told = self.put_plain((&agent, HANDOVERS), &body, &mut Exchanged::default())?;
        let told: Value = serde_json::from_slice(&told).map_err(|error| here(&error))?;
        let path = told.get("path").and_then(Value::as_str).filter(|path| path.starts_with('/'));
        let path = path.ok_or_else(|| here(&"the hub named no address"))?;
        let url = self.read(nodes::hub_address)?;
        Ok(format!("{url}{path}"))
    }
}
