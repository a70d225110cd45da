//! serde's traits for the records and their values.
//!
//! A record is a map of the service's own names, with every documented field in normalized form and `extra` for the
//! undocumented ones, as in the npm package. Deserialization treats an absent member as one that the service did not
//! send, and ignores unknown members.
//!
//! | value | form |
//! |---|---|
//! | severity | its number, or null |
//! | `status_flag` | `"O"` or `"C"`, or null |
//! | status | the service's text |
//! | date | the original text, or null |
//! | [`Json`] | itself: whole numbers of 64 bits exactly, others as a 64-bit float; a number that no float can hold is a string |
//!
//! Deserialization needs a self-describing format, such as JSON, CBOR or MessagePack.

use super::{
    CaseDetail, CaseNote, CaseRecord, CaseStatus, FieldMut, FieldRef, PaginationRecord, Record, Severity, StatusFlag,
    Timestamp,
};
use crate::util::Json;
use ::serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor};
use ::serde::ser::{SerializeMap, SerializeSeq};
use ::serde::{Deserialize, Deserializer, Serialize, Serializer};
use alloc::{borrow::ToOwned, format, string::String, string::ToString, vec::Vec};
use core::fmt;
use core::marker::PhantomData;

/// The name of the member with a record's undocumented fields.
const EXTRA: &str = "extra";

/// Implements the traits for records.
macro_rules! records {
    ($($record:ty),+) => {$(
        impl Serialize for $record {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                write_record(self, serializer)
            }
        }

        impl<'de> Deserialize<'de> for $record {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_map(RecordVisitor(PhantomData))
            }
        }
    )+};
}

records!(CaseRecord, CaseDetail, CaseNote, PaginationRecord);

fn write_record<R: Record, S: Serializer>(record: &R, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(R::FIELDS.len() + 1))?;
    for (index, field) in R::FIELDS.iter().enumerate() {
        let name = field.name;
        match record.field_ref(index) {
            Some(FieldRef::Text(text)) => map.serialize_entry(name, text)?,
            Some(FieldRef::Severity(severity)) => map.serialize_entry(name, severity)?,
            Some(FieldRef::Flag(flag)) => map.serialize_entry(name, flag)?,
            Some(FieldRef::Status(status)) => map.serialize_entry(name, status)?,
            Some(FieldRef::Date(date)) => map.serialize_entry(name, date)?,
            Some(FieldRef::List(texts)) => map.serialize_entry(name, texts)?,
            Some(FieldRef::Count(count)) => map.serialize_entry(name, count)?,
            Some(FieldRef::Required(count)) => map.serialize_entry(name, count)?,
            Some(FieldRef::Notes(notes)) => map.serialize_entry(name, notes)?,
            None => {}
        }
    }
    map.serialize_entry(EXTRA, &Members(record.extra()))?;
    map.end()
}

struct RecordVisitor<R>(PhantomData<R>);

impl<'de, R: Record> Visitor<'de> for RecordVisitor<R> {
    type Value = R;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a {}", R::NAME)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<R, A::Error> {
        let mut record = R::default();
        while let Some(name) = map.next_key::<String>()? {
            if name == EXTRA {
                *record.extra_mut() = map.next_value::<OwnedMembers>()?.0;
                continue;
            }
            let index = R::FIELDS.iter().position(|field| field.name == name);
            match index.and_then(|index| record.field_mut(index)) {
                Some(slot) => map.next_value_seed(Into(slot))?,
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(record)
    }
}

/// A seed that deserializes a field in place. Null is the field's missing value.
struct Into<'s>(FieldMut<'s>);

impl<'de> DeserializeSeed<'de> for Into<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        fn read<'de, T: Deserialize<'de> + Default, D: Deserializer<'de>>(
            place: &mut T,
            deserializer: D,
        ) -> Result<(), D::Error> {
            *place = Option::<T>::deserialize(deserializer)?.unwrap_or_default();
            Ok(())
        }
        match self.0 {
            FieldMut::Text(text) => read(text, deserializer),
            FieldMut::Severity(severity) => read(severity, deserializer),
            FieldMut::Flag(flag) => read(flag, deserializer),
            FieldMut::Status(status) => read(status, deserializer),
            FieldMut::Date(date) => read(date, deserializer),
            FieldMut::List(texts) => read(texts, deserializer),
            FieldMut::Count(count) => read(count, deserializer),
            FieldMut::Required(count) => read(count, deserializer),
            FieldMut::Notes(notes) => read(notes, deserializer),
        }
    }
}

impl Serialize for Severity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.number())
    }
}

impl<'de> Deserialize<'de> for Severity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Severity, D::Error> {
        let number = u8::deserialize(deserializer)?;
        let wrong = || Error::invalid_value(Unexpected::Unsigned(number.into()), &"a severity, 1 to 4");
        Severity::new(number).ok_or_else(wrong)
    }
}

impl Serialize for StatusFlag {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for StatusFlag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<StatusFlag, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong = || Error::invalid_value(Unexpected::Str(&text), &"a status flag, O or C");
        StatusFlag::from_text(&text).ok_or_else(wrong)
    }
}

impl Serialize for CaseStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for CaseStatus {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<CaseStatus, D::Error> {
        Ok(CaseStatus::from(&*String::deserialize(deserializer)?))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong = || Error::invalid_value(Unexpected::Str(&text), &"an RFC 3339 date and time");
        Timestamp::parse(&text).ok_or_else(wrong)
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Json::Null => serializer.serialize_unit(),
            Json::Bool(value) => serializer.serialize_bool(*value),
            Json::Number(text) => write_number(text, serializer),
            Json::String(text) => serializer.serialize_str(text),
            Json::Array(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(item)?;
                }
                list.end()
            }
            Json::Object(members) => Members(members).serialize(serializer),
        }
    }
}

fn write_number<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    // Negative zero is no integer.
    if let (Ok(number), false) = (text.parse::<i64>(), text == "-0") {
        return serializer.serialize_i64(number);
    }
    if let Ok(number) = text.parse::<u64>() {
        return serializer.serialize_u64(number);
    }
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => serializer.serialize_f64(number),
        _ => serializer.serialize_str(text),
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        Json::deserialize(deserializer)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value.to_string()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value.to_string()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Json, E> {
        // JSON cannot represent NaN or infinity.
        Ok(if value.is_finite() { Json::Number(format!("{value:?}")) } else { Json::Null })
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Json, E> {
        Ok(Json::String(value.to_owned()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Json, E> {
        Ok(Json::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Json::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Json, A::Error> {
        members(map).map(Json::Object)
    }
}

fn members<'de, A: MapAccess<'de>>(mut map: A) -> Result<Vec<(String, Json)>, A::Error> {
    let mut members = Vec::new();
    while let Some(member) = map.next_entry()? {
        members.push(member);
    }
    Ok(members)
}

/// The members of an object, in order.
struct Members<'m>(&'m [(String, Json)]);

impl Serialize for Members<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

struct OwnedMembers(Vec<(String, Json)>);

impl<'de> Deserialize<'de> for OwnedMembers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<OwnedMembers, D::Error> {
        struct MembersVisitor;

        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = OwnedMembers;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of fields that are not documented")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<OwnedMembers, A::Error> {
                members(map).map(OwnedMembers)
            }
        }
        deserializer.deserialize_map(MembersVisitor)
    }
}
