//! Telling the network by mDNS where this node is (RFC 6762, RFC 6763).

use mdns_sd::{ServiceDaemon, ServiceInfo};

/// What is announced.
pub(super) struct Announced {
    /// The name before `.local`.
    pub name: String,
    /// Where plain HTTP is spoken.
    pub plain: u16,
    /// Where HTTPS is.
    pub https: Option<u16>,
}

/// Announces until it is dropped; the addresses follow the machine from network to network.
pub(super) struct Announcer(ServiceDaemon);

impl Announcer {
    pub fn start(what: &Announced) -> mdns_sd::Result<Self> {
        let daemon = ServiceDaemon::new()?;
        for (kind, port) in services(what) {
            let host = format!("{}.local.", what.name);
            let properties = [("path", "/")];
            let info = ServiceInfo::new(kind, &what.name, &host, "", port, &properties[..])?;
            daemon.register(info.enable_addr_auto())?;
        }
        Ok(Self(daemon))
    }
}

impl Drop for Announcer {
    fn drop(&mut self) {
        // It says goodbye, so that nobody finds what is gone.
        let _ = self.0.shutdown();
    }
}

fn services(what: &Announced) -> Vec<(&'static str, u16)> {
    let own = ("_muster._tcp.local.", what.https.unwrap_or(what.plain));
    let https = what.https.map(|port| ("_https._tcp.local.", port));
    [own, ("_http._tcp.local.", what.plain)].into_iter().chain(https).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_are_announced_and_our_own_leads_to_the_better_one() {
        let mut what = Announced { name: "muster-ab".to_owned(), plain: 8080, https: Some(8443) };
        let told = services(&what);
        assert!(told.contains(&("_muster._tcp.local.", 8443)));
        assert!(told.contains(&("_http._tcp.local.", 8080)));
        assert!(told.contains(&("_https._tcp.local.", 8443)));
        what.https = None;
        assert!(services(&what).contains(&("_muster._tcp.local.", 8080)));
        assert_eq!(services(&what).len(), 2);
    }
}
