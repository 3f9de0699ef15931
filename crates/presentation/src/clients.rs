//! What browsers and programs call themselves, in words that their owner knows again.

/// What stands in a `User-Agent`, and the name of who says so. The first that is found counts:
/// nearly every browser names those that it resembles, too.
const BROWSERS: [(&str, &str); 8] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

const SYSTEMS: [(&str, &str); 8] = [
    ("iPhone", "an iPhone"),
    ("iPad", "an iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "a Mac"),
    ("Linux", "Linux"),
    ("X11", "Linux"),
];

/// *Firefox on Windows*; of a program its own name, such as *curl*.
pub fn words(agent: &str) -> String {
    let browser = named(&BROWSERS, agent);
    match (browser, named(&SYSTEMS, agent)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, Some(system)) if agent.starts_with("Mozilla/") => format!("On {system}"),
        _ => agent.split(['/', ' ']).next().unwrap_or_default().to_owned(),
    }
}

fn named(names: &[(&str, &'static str)], agent: &str) -> Option<&'static str> {
    names.iter().find(|(sign, _)| agent.contains(sign)).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    #[rstest]
    #[case::windows(
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0",
        "Firefox on Windows"
    )]
    #[case::chrome_is_not_safari(
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36",
        "Chrome on Android"
    )]
    #[case::edge_is_not_chrome(
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0",
        "Edge on Windows"
    )]
    #[case::iphone(
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
        "Safari on an iPhone"
    )]
    #[case::mac(
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
        "Safari on a Mac"
    )]
    #[case::program("curl/8.5.0", "curl")]
    #[case::program_in_words("python-requests/2.32.3 (Linux)", "python-requests")]
    #[case::unheard_of("Mozilla/5.0 (X11; Linux x86_64) Something/1.0", "On Linux")]
    #[case::silent("", "")]
    fn a_client_is_called_by_what_its_owner_knows(#[case] agent: &str, #[case] words: &str) {
        assert_eq!(super::words(agent), words);
    }
}
