//! This process's own memory as another process would read it: through the kernel.
//!
//! What somebody else may be writing, or may have given back, cannot be read by a load: that would be a data race, or a
//! fault. `process_vm_readv(2)` copies what there is and stops where nothing is mapped; what the bytes are worth, the
//! caller finds out by other means. About 0.5 us a call.
#![allow(unsafe_code)]

/// Copies what lies at `address`; how many bytes: fewer where nothing is mapped, and none where the kernel does not allow
/// it.
pub(crate) fn read(address: u64, into: &mut [u8]) -> usize {
    // SAFETY: the bytes are borrowed, and any are valid.
    unsafe { copy(address, into.as_mut_ptr(), into.len()) }
}

/// The same in words.
pub(crate) fn read_many(address: u64, into: &mut [u64]) -> usize {
    // SAFETY: the words are borrowed, and any bytes are valid ones.
    unsafe { copy(address, into.as_mut_ptr().cast(), size_of_val(into)) / size_of::<u64>() }
}

/// # Safety
/// `into` points to `len` bytes that are the caller's, and may become any.
unsafe fn copy(address: u64, into: *mut u8, len: usize) -> usize {
    let local = libc::iovec { iov_base: into.cast(), iov_len: len };
    let remote = libc::iovec { iov_base: address as usize as *mut libc::c_void, iov_len: len };
    // SAFETY: the kernel writes to `into` alone, which is the caller's, and checks every address of the other range.
    let copied =
        unsafe { libc::process_vm_readv(std::process::id().cast_signed(), &local, 1, &remote, 1, 0) };
    usize::try_from(copied).unwrap_or(0)
}

/// As many words.
pub(crate) fn read_words<const COUNT: usize>(address: u64) -> Option<[u64; COUNT]> {
    let mut words = [[0; size_of::<u64>()]; COUNT];
    let bytes = words.as_flattened_mut();
    (read(address, bytes) == bytes.len()).then(|| words.map(u64::from_ne_bytes))
}

/// Forgets what was copied: who searches the memory for something (leak) would find the copy.
pub(crate) fn wipe<T: Copy + Default>(copy: &mut [T]) {
    copy.fill(T::default());
    std::hint::black_box(copy);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_read_and_what_is_not_is_not() {
        let words = [1_u64, 2, 3];
        let address = words.as_ptr().addr() as u64;
        assert_eq!(read_words::<3>(address), Some(words));
        assert_eq!(read_words::<1>(8), None);
        let mut bytes = [0; 4];
        assert_eq!(read(address + 8, &mut bytes), 4);
        assert_eq!(u32::from_ne_bytes(bytes), 2);
        let mut many = [0; 2];
        assert_eq!((read_many(address + 8, &mut many), many), (2, [2, 3]));
        wipe(&mut many);
        assert_eq!(many, [0; 2]);
    }
}
