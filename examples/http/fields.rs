//! Header fields.

/// The fields of a request, in their order. A name may come several times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fields(Vec<(String, Vec<u8>)>);

impl Fields {
    /// All values of `name`.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.0.iter().filter(move |(of, _)| of.eq_ignore_ascii_case(name)).map(|(_, value)| &value[..])
    }

    /// The members of `name`'s comma-separated list, which may be spread over several fields.
    pub(crate) fn members<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.all(name).flat_map(|value| value.split(|&byte| byte == b',')).map(<[u8]>::trim_ascii)
    }

    /// Whether `member` stands in `name`'s list, in whatever case.
    pub(crate) fn has(&self, name: &str, member: &str) -> bool {
        self.members(name).any(|of| of.eq_ignore_ascii_case(member.as_bytes()))
    }
}

impl From<&mut [httparse::Header<'_>]> for Fields {
    fn from(parsed: &mut [httparse::Header<'_>]) -> Fields {
        Fields(parsed.iter().map(|field| (field.name.to_owned(), field.value.to_owned())).collect())
    }
}
