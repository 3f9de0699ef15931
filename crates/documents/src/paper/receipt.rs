//! The receipt of a payment, half a page.

use super::Student;
use crate::typesetting::Item;
use serde::Serialize;

/// What a receipt says. Amounts stand in it as they are read, the currency aside.
#[derive(Clone, Debug, Serialize)]
pub struct Receipt {
    /// What is to be known before anything else, such as "Reversed"; empty if it simply counts.
    pub state: String,
    /// The receipt's number.
    pub number: String,
    /// The day of the payment.
    pub date: String,
    /// Whose account it is for.
    pub student: Student,
    /// The student's programme.
    pub programme: String,
    /// What it is for.
    pub purpose: String,
    /// How it was paid.
    pub method: String,
    /// What else is to be known, such as the bank's own number; may be empty.
    pub note: String,
    /// The currency's code.
    pub currency: String,
    /// What was paid.
    pub amount: String,
    /// How the account stands after it; nothing where it does not count.
    pub account: Vec<Amount>,
    /// Who took it.
    pub received_by: String,
}

/// A line of the account.
#[derive(Clone, Debug, Serialize)]
pub struct Amount {
    /// What it is.
    pub label: String,
    /// How much.
    pub amount: String,
}

impl Item for Receipt {
    fn files(&self) -> Vec<(&'static str, Vec<u8>)> {
        Vec::new()
    }
}
