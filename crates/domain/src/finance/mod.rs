//! Money that students owe and pay, and whether that clears them for an assessment.

mod amounts;
mod assessment;
mod clearance;
mod currency;
mod payment;

pub use amounts::{AmountError, MOST, Money};
pub use assessment::{Code, DEFAULTS, ShareError, parse_share};
pub use clearance::{Account, Clearance, FULL, Override, Share, Why};
pub use currency::{Currency, CurrencyError};
pub use payment::{Method, PaymentError, PaymentState, Receipt};
