//! A call names the stage that wants it; `outpaint` leaves no trace.

use std::fs;

use recanvas::providers::Call;

use crate::money::shop::Shop;
use crate::money::shop::bought;
use crate::money::shop::buy;
use crate::money::shop::call;
use crate::money::shop::calls;
use crate::money::shop::open;
use crate::money::shop::rules;

#[test]
fn results_of_one_stage_are_not_used_by_another() {
    let folder = tempfile::tempdir().expect("a folder");
    let (state, shop) = (folder.path(), Shop::beside(folder.path()));
    let (outpaint, other) = (call("a"), Call { stage: "background", ..call("a") });
    assert_ne!(outpaint.family(), other.family());
    {
        let ledger = open(state, rules("r1"));
        assert_eq!(buy(&ledger, &shop, &outpaint), bought());
        assert_eq!(ledger.canvases(&other), []);
        assert_eq!(buy(&ledger, &shop, &other), bought());
    }
    let recorded = fs::read_to_string(state.join("manifest.jsonl")).expect("a manifest");
    let intents: Vec<&str> = recorded.lines().filter(|line| line.contains("\"call_intent\"")).collect();
    assert_eq!(intents.len(), 2, "{recorded}");
    assert!(!intents[0].contains("\"stage\""), "{recorded}");
    assert!(intents[1].contains(",\"stage\":\"background\",\"provider\":\"fal\","), "{recorded}");
    let known = calls(state);
    let stage = |call: &Call| known.get(call.key(0)).map(|entry| entry.stage.to_string());
    assert_eq!((stage(&outpaint).as_deref(), stage(&other).as_deref()), (Some("outpaint"), Some("background")));
    // A later run finds each again, and pays for neither.
    let ledger = open(state, rules("r2"));
    assert_eq!((buy(&ledger, &shop, &outpaint), buy(&ledger, &shop, &other)), (bought(), bought()));
    assert_eq!(shop.sold(), 2);
}
