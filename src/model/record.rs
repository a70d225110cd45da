//! The macro that declares a record.
//!
//! `#[macro_use]` in `mod.rs` brings it into scope, so the files of the records do not import it.

/// Declares a record: the struct, its documentation and its table of fields.
macro_rules! record {
    (
        $(#[doc = $about:literal])+
        $name:ident {
            $( $(#[doc = $doc:literal])+ $field:ident: $kind:ident $(($length:literal))?, )+
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Debug, Default, PartialEq)]
        #[non_exhaustive]
        pub struct $name {
            $( $(#[doc = $doc])+ $(#[doc = concat!("\n\nDocumented length: ", $length, ".")])?
               pub $field: field_type!($kind), )+
            /// Undocumented fields, as the service sent them.
            pub extra: alloc::vec::Vec<(alloc::string::String, $crate::util::Json)>,
        }

        impl $crate::model::Record for $name {
            const NAME: &'static str = stringify!($name);
            const DOC: &'static str = concat!($($about, "\n"),+);
            const FIELDS: &'static [$crate::model::Field] = &[
                $( $crate::model::Field {
                    name: stringify!($field),
                    kind: $crate::model::FieldKind::$kind,
                    max_length: field_length!($($length)?),
                }, )+
            ];
            const DOCS: &'static [&'static str] = &[$( concat!($($doc, "\n"),+), )+];

            fn field_mut(&mut self, index: usize) -> Option<$crate::model::FieldMut<'_>> {
                let mut at = 0;
                $( if index == at { return Some($crate::model::FieldMut::$kind(&mut self.$field)); } at += 1; )+
                let _ = at;
                None
            }

            fn field_ref(&self, index: usize) -> Option<$crate::model::FieldRef<'_>> {
                let mut at = 0;
                $( if index == at { return Some($crate::model::FieldRef::$kind(&self.$field)); } at += 1; )+
                let _ = at;
                None
            }

            fn extra(&self) -> &[(alloc::string::String, $crate::util::Json)] { &self.extra }

            fn extra_mut(&mut self) -> &mut alloc::vec::Vec<(alloc::string::String, $crate::util::Json)> { &mut self.extra }
        }
    };
}

macro_rules! field_type {
    (Text) => { alloc::string::String };
    (Severity) => { Option<$crate::model::Severity> };
    (Flag) => { Option<$crate::model::StatusFlag> };
    (Status) => { $crate::model::CaseStatus };
    (Date) => { Option<$crate::model::Timestamp> };
    (List) => { alloc::vec::Vec<alloc::string::String> };
    (Count) => { Option<u32> };
    (Required) => { u32 };
    (Notes) => { alloc::vec::Vec<$crate::model::CaseNote> };
}

macro_rules! field_length {
    () => {
        None
    };
    ($length:literal) => {
        Some($length)
    };
}
