//! Reading what somebody typed for a setting, or saying what is wrong with it.

use muster_domain::finance::Currency;
use muster_domain::passes::Country;
use muster_domain::text;

pub(super) fn number(text: &str, low: i64, high: i64) -> Result<i64, String> {
    let number = text.trim().parse().ok().filter(|number| (low..=high).contains(number));
    number.ok_or_else(|| format!("Choose a number between {low} and {high}."))
}

pub(super) fn line(text: &str) -> Result<String, String> {
    text::clean(text, 200).map_err(|error| error.to_string())
}

/// Most lines of an address.
const LINES: usize = 4;

pub(super) fn lines(text: &str) -> Result<String, String> {
    let written = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let cleaned = written.map(line).collect::<Result<Vec<_>, _>>()?;
    if cleaned.len() > LINES {
        return Err(format!("Write at most {LINES} lines."));
    }
    Ok(cleaned.join("\n"))
}

pub(super) fn currency(text: &str) -> Result<Currency, String> {
    Currency::parse(text).map_err(|error| error.to_string())
}

pub(super) fn country(text: &str) -> Result<Country, String> {
    let wrong = || "Enter the two letters of a country, for example IN, KE or DE.".to_owned();
    Country::parse(text).ok_or_else(wrong)
}

pub(super) fn zone(text: &str) -> Result<String, String> {
    let zone = line(text)?;
    let known = jiff::tz::TimeZone::get(&zone).is_ok();
    if known { Ok(zone) } else { Err("Enter a time zone, for example Europe/Berlin.".to_owned()) }
}
