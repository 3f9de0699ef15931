//! The frame of every page, drawn by templates of its own: a page's template becomes code as a whole,
//! so what stood in it would be compiled once a page.

use super::shell::Shell;
use askama::Template;

macro_rules! parts {
    ($($(#[$doc:meta])* $name:ident = $path:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Template)]
        #[template(path = $path)]
        pub struct $name<'s> {
            shell: &'s Shell,
        }

        impl<'s> $name<'s> {
            /// Of this page.
            pub fn of(shell: &'s Shell) -> Self {
                Self { shell }
            }
        }
    )*};
}

parts! {
    /// What stands in the head of every page, up to what is its own.
    Head = "frame_head.html";
    /// The navigation, up to the heading.
    Top = "frame_top.html";
    /// What follows the content.
    Foot = "frame_foot.html";
    /// The top of a page without navigation.
    BareTop = "bare_top.html";
    /// What the last act brought about.
    Told = "told.html";
    /// What follows the content there.
    BareFoot = "bare_foot.html";
}
