//! The records of paid calls. Amounts are in millionths of a US dollar.

use std::borrow::Cow;

use serde::Deserialize;
use serde::Serialize;

use crate::digest::Digest;
use crate::geometry::Orientation;
use crate::providers::CallKey;
use crate::providers::Canvas;
use crate::providers::Job;
use crate::providers::Usd;

/// A call is about to be submitted. What it may cost at most is spent from here on, until a
/// later record says otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallIntent<'a> {
    /// The attempt's key.
    pub key: CallKey,
    /// The word of the stage that wants it; missing for `outpaint`.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<Cow<'a, str>>,
    /// The provider's name.
    #[serde(borrow)]
    pub provider: Cow<'a, str>,
    /// The digest of the source's bytes.
    pub source: Digest,
    /// Digest that is equal for all calls whose results can stand for each other.
    pub family: Digest,
    /// The revision of the provider's descriptor, which is part of the family; missing in records of
    /// the first programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u32>,
    /// Canvas that is sent and asked for.
    pub canvas: Canvas,
    /// Turn that makes the stored picture the one that is sent; missing in records of the first programs, and where
    /// it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub orientation: Option<Orientation>,
    /// The attempt's number, counted from 0.
    pub attempt: u32,
    /// Time, as RFC 3339 in UTC; decides the month to which the cost counts.
    #[serde(borrow)]
    pub at: Cow<'a, str>,
    /// Expected cost, if it is known.
    #[serde(default, rename = "expected_microusd", skip_serializing_if = "Option::is_none")]
    pub expected: Option<Usd>,
    /// Highest cost that the call may have.
    #[serde(rename = "highest_microusd")]
    pub highest: Usd,
    /// The same in the provider's credits, if it counts in credits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credits: Option<f64>,
}

/// A call was accepted. The last one of a key counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallSubmitted {
    /// The attempt's key.
    pub key: CallKey,
    /// Name and addresses by which its result is asked for; without any key of the provider.
    pub job: Job,
}

/// A call's result is in the cache.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallFinished<'a> {
    /// The attempt's key.
    pub key: CallKey,
    /// The extension of the file in the cache, whose name is the key.
    #[serde(borrow)]
    pub ext: Cow<'a, str>,
    /// The result's size in bytes.
    pub bytes: u64,
    /// The digest of the result's bytes.
    pub hash: Digest,
    /// Cost, if the provider says it; else what was expected.
    #[serde(default, rename = "cost_microusd", skip_serializing_if = "Option::is_none")]
    pub cost: Option<Usd>,
}

/// Says that a call surely has no result, or, with [`Class::UnknownCall`](crate::error::Class::UnknownCall), that this
/// is not known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallFailed<'a> {
    /// The attempt's key.
    pub key: CallKey,
    /// The word of the failure's class; that of [`Class::UnknownCall`](crate::error::Class::UnknownCall) if it is
    /// unknown.
    #[serde(borrow)]
    pub class: Cow<'a, str>,
    /// Message that says what was wrong.
    #[serde(borrow)]
    pub message: Cow<'a, str>,
    /// Cost; if that is missing, the highest cost stays spent.
    #[serde(default, rename = "cost_microusd", skip_serializing_if = "Option::is_none")]
    pub cost: Option<Usd>,
}
