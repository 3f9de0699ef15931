//! Cutting fixed pieces off the front of a byte string.

/// The next `N` bytes; `None` where fewer are left.
pub fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk()?;
    *rest = tail;
    Some(*head)
}
