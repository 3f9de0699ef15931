//! The institution's own accent: one colour is given, the rest is computed so that every text on it
//! and in it has the contrast that WCAG asks for, in light and in dark.

use muster_domain::colour::Colour;

/// A little above the 4.5 of WCAG AA, for rounding.
const ENOUGH: f64 = 4.7;
const WHITE: Rgb = Rgb([255.0, 255.0, 255.0]);
const BLACK: Rgb = Rgb([0.0, 0.0, 0.0]);
/// The darkest ground of the light theme and the lightest of the dark one, as in `tokens.css`.
const SUNKEN: Rgb = Rgb([238.0, 238.0, 234.0]);
const SUNKEN_DARK: Rgb = Rgb([34.0, 39.0, 43.0]);
const SURFACE_DARK: Rgb = Rgb([24.0, 28.0, 31.0]);

/// The address of the style sheet for a colour.
pub fn url(colour: Colour) -> String {
    format!("/accent/{}.css", colour.digits())
}

/// The custom properties that a colour sets in both themes.
pub fn css(colour: Colour) -> String {
    let given = Rgb::of(colour);
    let light = properties(given, BLACK, WHITE, SUNKEN, WHITE);
    let dark = properties(given, WHITE, SURFACE_DARK, SUNKEN_DARK, BLACK);
    format!(
        "@layer tokens{{:root{{{light}}}\n\
         @media (prefers-color-scheme:dark){{:root:not([data-theme=\"light\"]){{{dark}}}}}\n\
         :root[data-theme=\"dark\"]{{{dark}}}}}\n"
    )
}

/// `towards` is where a colour gains contrast; `on` is the text on a filled button.
fn properties(given: Rgb, towards: Rgb, surface: Rgb, ground: Rgb, on: Rgb) -> String {
    let tint = |accent| surface.mix(accent, 0.12);
    // It is written on pages and, in a badge, on its own tint.
    let accent = given.until(towards, |colour| {
        colour.contrast(ground) >= ENOUGH && colour.contrast(tint(colour)) >= ENOUGH
    });
    let soft = tint(accent);
    let strong = accent.mix(towards, 0.25).until(towards, |colour| colour.contrast(soft) >= ENOUGH);
    let on = if accent.contrast(on) >= ENOUGH { on } else { on.opposite() };
    format!(
        "--accent:{0};--focus:{0};--accent-strong:{1};--accent-soft:{2};--on-accent:{3}",
        accent.hex(),
        strong.hex(),
        soft.hex(),
        on.hex()
    )
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Rgb([f64; 3]);

impl Rgb {
    fn of(Colour(channels): Colour) -> Self {
        Self(channels.map(f64::from))
    }

    fn hex(self) -> String {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 255")]
        let [red, green, blue] = self.0.map(|channel| channel.round() as u8);
        format!("#{red:02x}{green:02x}{blue:02x}")
    }

    fn mix(self, other: Self, share: f64) -> Self {
        let mut mixed = self;
        for (channel, towards) in mixed.0.iter_mut().zip(other.0) {
            *channel += (towards - *channel) * share;
        }
        mixed
    }

    /// The nearest mix with `towards` that is good enough.
    fn until(self, towards: Self, good: impl Fn(Self) -> bool) -> Self {
        let mixes = (0..=50).map(|step| self.mix(towards, f64::from(step) / 50.0));
        mixes.map(|colour| Self(colour.0.map(f64::round))).find(|c| good(*c)).unwrap_or(towards)
    }

    fn opposite(self) -> Self {
        if self == WHITE { BLACK } else { WHITE }
    }

    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|channel| {
            let share = channel / 255.0;
            if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance() + 0.05, other.luminance() + 0.05);
        one.max(two) / one.min(two)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Accent, strong, soft and on, in the first or second theme.
    fn colour(css: &str, theme: usize) -> [Rgb; 4] {
        let hex = |name: &str| {
            let block = css.split("--accent:").nth(theme + 1).unwrap();
            let text = format!("--accent:{block}");
            let at = text.split(&format!("{name}:#")).nth(1).unwrap();
            Rgb::of(Colour::parse(&at[..6]).unwrap())
        };
        [hex("--accent"), hex("--accent-strong"), hex("--accent-soft"), hex("--on-accent")]
    }

    #[test]
    fn any_colour_gives_enough_contrast_in_both_themes() {
        let steps = [0, 51, 102, 128, 153, 204, 255_u8];
        let blues = |red, green| steps.map(|blue| Colour([red, green, blue]));
        let greens = |red| steps.into_iter().flat_map(move |green| blues(red, green));
        for given in steps.into_iter().flat_map(greens) {
            let css = css(given);
            for (theme, grounds) in
                [[WHITE, SUNKEN], [SURFACE_DARK, SUNKEN_DARK]].into_iter().enumerate()
            {
                let [accent, strong, soft, on] = colour(&css, theme);
                let mut below = grounds.into_iter().chain([soft]);
                assert!(below.all(|ground| accent.contrast(ground) >= 4.5), "{given}");
                assert!(strong.contrast(soft) >= 4.5, "{given} strong");
                assert!([accent, strong].iter().all(|it| it.contrast(on) >= 4.5), "{given} on");
            }
        }
    }

    #[test]
    fn a_colour_that_is_good_already_stays() {
        let given = Colour([0x0b, 0x56, 0x65]);
        assert!(css(given).starts_with("@layer tokens{:root{--accent:#0b5665;"));
        assert_eq!(url(given), "/accent/0b5665.css");
    }
}
