//! The columns of tables of passes.

use super::columns::{Column, column};

/// A line for each pass.
pub(super) const PASSES: &[Column] = &[
    column(
        "event",
        "Event",
        true,
        "Its name; it is not over and not archived",
        &["eventname", "function"],
    ),
    column(
        "pass_type",
        "Pass type",
        true,
        "The name of one of the event’s types",
        &["type", "kind", "ticket", "tickettype", "category"],
    ),
    column(
        "names",
        "Names",
        true,
        "As many as the pass admits, with semicolons",
        &["name", "holder", "holders", "holdername", "guest", "guests", "guestname", "fullname"],
    ),
    column(
        "phones",
        "Phones",
        true,
        "As many as names, in the same order",
        &["phone", "mobile", "mobiles", "phonenumber", "phonenumbers", "mobilenumber"],
    ),
    column(
        "payment",
        "Payment",
        false,
        "cash, online or free; cash without it",
        &["paymentmode", "paymentmethod", "mode", "method"],
    ),
    column(
        "reference",
        "Reference",
        false,
        "Of an online payment",
        &["paymentreference", "transaction", "transactionid", "txn", "txnid"],
    ),
    column(
        "email",
        "E-mail",
        false,
        "A letter takes the pass there, where this server sends letters",
        &["emailaddress", "mail"],
    ),
];
