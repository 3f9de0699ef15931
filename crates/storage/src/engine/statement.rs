//! SQL texts with `?1` placeholders, declared once and known to a registry.

/// A SQL text, the same for both databases wherever they agree.
#[derive(Debug)]
pub struct Statement {
    /// Its constant's name, for messages.
    pub name: &'static str,
    /// Text for SQLite.
    pub sqlite: &'static str,
    /// Text for PostgreSQL, still with `?1`.
    pub postgres: &'static str,
}

impl Statement {
    /// The text for PostgreSQL with `$1` placeholders.
    pub(super) fn for_postgres(&self) -> String {
        let mut quoted = false;
        self.postgres
            .chars()
            .map(|letter| {
                quoted ^= letter == '\'';
                if letter == '?' && !quoted { '$' } else { letter }
            })
            .collect()
    }
}

/// Declares statements: one text for both databases, or `{ sqlite: …, postgres: … }` side by side
/// where they can't agree. Also declares `ALL`, which lists them.
#[macro_export]
macro_rules! statements {
    ($($(#[$meta:meta])* $name:ident = $text:tt;)*) => {
        $($(#[$meta])* static $name: $crate::Statement = $crate::statement!($name, $text);)*
        pub(crate) const ALL: &[&$crate::Statement] = &[$(&$name),*];
    };
}

/// One declared statement.
#[doc(hidden)]
#[macro_export]
macro_rules! statement {
    ($name:ident, { sqlite: $sqlite:literal, postgres: $postgres:literal $(,)? }) => {
        $crate::Statement { name: stringify!($name), sqlite: $sqlite, postgres: $postgres }
    };
    ($name:ident, { sqlite: ($sqlite:expr), postgres: ($postgres:expr) $(,)? }) => {
        $crate::Statement { name: stringify!($name), sqlite: $sqlite, postgres: $postgres }
    };
    // What several statements begin with is a macro that makes a literal.
    ($name:ident, ($text:expr)) => {
        $crate::Statement { name: stringify!($name), sqlite: $text, postgres: $text }
    };
    ($name:ident, $text:literal) => {
        $crate::Statement { name: stringify!($name), sqlite: $text, postgres: $text }
    };
}

#[cfg(test)]
mod tests {
    use super::Statement;

    #[test]
    fn placeholders_are_translated_but_not_inside_quotes() {
        let text = "select ?1 where a like '?%' and b = ?2";
        let statement = Statement { name: "T", sqlite: text, postgres: text };
        assert_eq!(statement.for_postgres(), "select $1 where a like '?%' and b = $2");
    }
}
