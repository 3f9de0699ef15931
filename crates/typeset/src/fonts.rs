//! The fonts: IBM Plex Sans, and for what it lacks one for each script in which people write their
//! names. Typst takes another font for what a font does not have, the most alike in name first.

use std::sync::{LazyLock, OnceLock};
use typst::foundations::Bytes;
use typst::text::{Font, FontBook, FontInfo};
use typst::utils::LazyHash;

/// What files of the folder `fonts` hold, under the licences beside them.
macro_rules! files {
    ($($name:literal),* $(,)?) => { [$(include_bytes!(concat!("../fonts/", $name))),*] };
}

const COUNT: usize = 32;

static FACES: [&[u8]; COUNT] = files![
    "IBMPlexSans-Regular.ttf",
    "IBMPlexSans-Bold.ttf",
    "IBMPlexSans-Italic.ttf",
    "IBMPlexSansArabic-Regular.ttf",
    "IBMPlexSansArabic-Bold.ttf",
    "IBMPlexSansDevanagari-Regular.ttf",
    "IBMPlexSansDevanagari-Bold.ttf",
    "IBMPlexSansHebrew-Regular.ttf",
    "IBMPlexSansHebrew-Bold.ttf",
    "IBMPlexSansThai-Regular.ttf",
    "IBMPlexSansThai-Bold.ttf",
    "NotoSansAdlam-Regular.ttf",
    "NotoSansArabic-Regular.ttf",
    "NotoSansArmenian-Regular.ttf",
    "NotoSansBengali-Regular.ttf",
    "NotoSansCJKsc-Regular.otf",
    "NotoSansEthiopic-Regular.ttf",
    "NotoSansGeorgian-Regular.ttf",
    "NotoSansGujarati-Regular.ttf",
    "NotoSansGurmukhi-Regular.ttf",
    "NotoSansKannada-Regular.ttf",
    "NotoSansKhmer-Regular.ttf",
    "NotoSansLao-Regular.ttf",
    "NotoSansMalayalam-Regular.ttf",
    "NotoSansMyanmar-Regular.ttf",
    "NotoSansNKo-Regular.ttf",
    "NotoSansOriya-Regular.ttf",
    "NotoSansSinhala-Regular.ttf",
    "NotoSansTamil-Regular.ttf",
    "NotoSansTelugu-Regular.ttf",
    "NotoSansThaana-Regular.ttf",
    "NotoSansTifinagh-Regular.ttf",
];

/// Most documents need two of them.
static FONTS: [OnceLock<Option<Font>>; COUNT] = [const { OnceLock::new() }; COUNT];

/// Names and characters of all of them, in the same order.
pub static BOOK: LazyLock<LazyHash<FontBook>> = LazyLock::new(|| {
    let infos = FACES.iter().filter_map(|face| FontInfo::new(face, 0));
    LazyHash::new(FontBook::from_infos(infos))
});

/// One of them, read when it is first wanted.
pub fn font(index: usize) -> Option<Font> {
    let (face, font) = (FACES.get(index)?, FONTS.get(index)?);
    font.get_or_init(|| Font::new(Bytes::new(*face), 0)).clone()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Closed;
    use std::collections::BTreeSet;
    use typst::layout::{Frame, FrameItem};
    use typst::text::TextItem;
    use typst_layout::PagedDocument;

    /// A name in each script, and the family in which it stands.
    const NAMES: [(&str, &str); 33] = [
        ("Zoë Ångström-Đặng", "IBM Plex Sans"),
        ("Ελένη Παππά", "IBM Plex Sans"),
        ("Їжак Щербина", "IBM Plex Sans"),
        ("ليلى الحسن", "IBM Plex Sans Arabic"),
        ("پرویز گل‌محمدی", "IBM Plex Sans Arabic"),
        ("ٹیپو ڈار", "IBM Plex Sans Arabic"),
        ("شۆڕش ڕەسووڵ", "IBM Plex Sans Arabic"),
        ("ࢡ ࢮ", "Noto Sans Arabic"),
        ("נועה כּהן", "IBM Plex Sans Hebrew"),
        ("क्षितिज श्रीवास्तव", "IBM Plex Sans Devanagari"),
        ("กมลชนก ศรีสุข", "IBM Plex Sans Thai"),
        ("তৃষ্ণা মুখোপাধ্যায়", "Noto Sans Bengali"),
        ("ਗੁਰਪ੍ਰੀਤ ਸਿੰਘ", "Noto Sans Gurmukhi"),
        ("જ્યોતિ પટેલ", "Noto Sans Gujarati"),
        ("ସୁଶ୍ରୀ ଦାଶ", "Noto Sans Oriya"),
        ("தமிழ்ச்செல்வி", "Noto Sans Tamil"),
        ("కృష్ణ రెడ్డి", "Noto Sans Telugu"),
        ("ಲಕ್ಷ್ಮೀ ಗೌಡ", "Noto Sans Kannada"),
        ("കൃഷ്ണൻ നായർ", "Noto Sans Malayalam"),
        ("ශ්‍රීමතී පෙරේරා", "Noto Sans Sinhala"),
        ("ትዕግሥት ኃይሌ", "Noto Sans Ethiopic"),
        ("Անահիտ Պետրոսյան", "Noto Sans Armenian"),
        ("ნინო ბერიძე", "Noto Sans Georgian"),
        ("សុខា ស្រី", "Noto Sans Khmer"),
        ("ສຸກສະຫວັນ", "Noto Sans Lao"),
        ("အောင်ဆန်း", "Noto Sans Myanmar"),
        ("ޢާއިޝަތު", "Noto Sans Thaana"),
        ("ⵜⴰⵏⵉⵔⵜ", "Noto Sans Tifinagh"),
        ("ߞߟߊߒߞߋ", "Noto Sans NKo"),
        ("𞤀𞤥𞤭𞤲𞤢", "Noto Sans Adlam"),
        ("张伟 張偉 䶮 𬭚", "Noto Sans CJK SC"),
        ("さくら サクラ 髙﨑", "Noto Sans CJK SC"),
        ("김서연 뷁", "Noto Sans CJK SC"),
    ];

    /// What is set, run by run.
    fn runs(text: &str, weight: &str) -> Vec<TextItem> {
        let data = serde_json::json!({
            "title": "Names",
            "common": {},
            "files": {},
            "sheets": [{ "item": { "name": text }, "files": {} }],
        });
        let template = format!(
            "#let sheet(item, files, common) = text(weight: \"{weight}\")[Name #item.name (S000001)]"
        );
        let mut world = Closed::new(template, Vec::new());
        world.show(data.to_string().into_bytes());
        let document = typst::compile::<PagedDocument>(&world).output.unwrap();
        let mut found = Vec::new();
        document.pages().iter().for_each(|page| gather(&page.frame, &mut found));
        found
    }

    fn gather(frame: &Frame, into: &mut Vec<TextItem>) {
        for (_, item) in frame.items() {
            match item {
                FrameItem::Text(run) => into.push(run.clone()),
                FrameItem::Group(group) => gather(&group.frame, into),
                _ => {}
            }
        }
    }

    fn boxes(runs: &[TextItem]) -> usize {
        runs.iter().flat_map(|run| &run.glyphs).filter(|glyph| glyph.id == 0).count()
    }

    fn families(runs: &[TextItem]) -> BTreeSet<String> {
        runs.iter().map(|run| run.font.font().info().family.clone()).collect()
    }

    #[test]
    fn every_file_is_a_font_and_keeps_its_place_in_the_book() {
        for index in 0..COUNT {
            let font = font(index).unwrap();
            assert_eq!(Some(font.info()), BOOK.info(index), "{}", font.info().family);
        }
        assert!(font(COUNT).is_none() && BOOK.info(COUNT).is_none());
    }

    #[test]
    fn names_of_every_script_are_set_without_a_box() {
        for weight in ["regular", "bold"] {
            for (name, family) in NAMES {
                let runs = runs(name, weight);
                assert_eq!(boxes(&runs), 0, "{name} {weight}");
                let expected = BTreeSet::from(["IBM Plex Sans".to_owned(), family.to_owned()]);
                assert_eq!(families(&runs), expected, "{name} {weight}");
            }
        }
    }

    #[test]
    fn letters_of_arabic_are_joined_and_stand_from_right_to_left() {
        let runs = runs("ببب", "regular");
        let name = runs.iter().find(|run| run.text.contains('ب')).unwrap();
        let ids: BTreeSet<_> = name.glyphs.iter().map(|glyph| glyph.id).collect();
        // The first, the middle and the last letter look different.
        assert!(ids.len() >= 3, "{ids:?}");
        let starts: Vec<_> = name.glyphs.iter().map(|glyph| glyph.range().start).collect();
        assert!(starts.is_sorted_by(|left, right| left >= right), "{starts:?}");
    }

    #[test]
    fn what_no_font_has_is_a_box_and_the_rest_stays() {
        let runs = runs("\u{f8ee}Ada 张\u{10fffd}", "regular");
        assert_eq!(boxes(&runs), 2);
        assert!(families(&runs).contains("Noto Sans CJK SC"));
    }
}
