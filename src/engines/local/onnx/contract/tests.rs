//! Graphs that are known, that are told, and that are refused, without any runtime.

use super::*;

fn port(name: &str, element: Element, shape: &[i64]) -> Port {
    Port { name: name.into(), element, shape: shape.to_vec() }
}

fn numbers(name: &str, shape: &[i64]) -> Port {
    port(name, Element::F32, shape)
}

/// A picture and a mask that say nothing of what they are.
fn silent() -> [Port; 2] {
    [numbers("input_1", &[OPEN; 4]), numbers("input_2", &[OPEN; 4])]
}

/// Returns what is wrong with these inputs as this contract.
fn refusal(inputs: &[Port], asked: Option<Contract>) -> String {
    Interface::of(inputs, asked).expect_err("a graph of another kind").to_string()
}

/// Tells whether the mask comes first, where these inputs are taken.
fn mask_first(inputs: &[Port], asked: Option<Contract>) -> bool {
    Interface::of(inputs, asked).unwrap_or_else(|refusal| panic!("{refusal}")).mask_first
}

#[test]
fn a_stated_contract_needs_no_channels_and_no_names() {
    let refusal = refusal(&silent(), None);
    assert!(refusal.contains("input_1 f32 ?×?×?×? and input_2 f32 ?×?×?×?"), "{refusal}");
    assert!(refusal.contains("neither channels nor names tell; if it is lama, say `contract: lama`"), "{refusal}");
    let lama = Interface { contract: Contract::Lama, mask_first: false, width: None, height: None };
    assert_eq!(Interface::of(&silent(), Some(Contract::Lama)).unwrap(), lama);
    let shapeless = [numbers("input_1", &[]), numbers("input_2", &[])];
    assert_eq!(Interface::of(&shapeless, Some(Contract::Lama)).unwrap(), lama);
    let bytes = silent().map(|silent| port(&silent.name, Element::U8, &silent.shape));
    assert_eq!(Interface::of(&bytes, Some(Contract::Migan)).unwrap().contract, Contract::Migan);
    let one = [numbers("x", &[OPEN; 4])];
    assert!(Interface::of(&one, None).is_err());
    assert_eq!(Interface::of(&one, Some(Contract::Lama4)).unwrap().contract, Contract::Lama4);
}

#[test]
fn the_mask_is_where_channels_or_names_say() {
    let lama = Some(Contract::Lama);
    let [image, mask] = [numbers("x", &[1, 3, OPEN, OPEN]), numbers("y", &[1, 1, OPEN, OPEN])];
    let [open_image, open_mask] = [numbers("image", &[OPEN; 4]), numbers("Mask", &[OPEN; 4])];
    for asked in [None, lama] {
        for (picture, mask) in [(&image, &mask), (&open_image, &open_mask), (&open_image, &mask)] {
            assert!(!mask_first(&[picture.clone(), mask.clone()], asked), "{mask:?}");
            assert!(mask_first(&[mask.clone(), picture.clone()], asked), "{mask:?}");
        }
    }
    // One of two says what it is, and so what the other must be.
    let [silent, _] = silent();
    assert!(mask_first(&[silent.clone(), image.clone()], lama));
    assert!(mask_first(&[mask, silent], lama));
    assert!(!mask_first(&[numbers("masked_image", &[OPEN; 4]), open_mask], lama));
}

#[test]
fn options_that_contradict_a_contract_are_named() {
    let image = || numbers("image", &[1, 3, 64, 64]);
    let mask = || numbers("mask", &[1, 1, 64, 64]);
    let whole = || port("mask", Element::Other("i64".into()), &[1, 1, 64, 64]);
    let table = [
        (
            vec![image(), whole()],
            None,
            "mask i64 1×1×64×64, which is not migan, lama or lama4: lama needs `mask` as float32",
        ),
        (vec![image(), mask()], Some(Contract::Migan), "which is not migan: migan needs `image` as uint8"),
        (vec![port("image", Element::U8, &[1, 3, 64, 64]), mask()], None, "migan needs `mask` as uint8"),
        (vec![image()], Some(Contract::Lama), "lama needs two inputs"),
        (vec![image(), mask()], Some(Contract::Lama4), "lama4 needs one input"),
        (vec![], None, "lama needs two inputs"),
        (vec![image(), numbers("mask", &[1, 3, 64, 64])], Some(Contract::Lama), "`mask` with 1 for its channels"),
        (
            vec![numbers("image", &[1, 64, 64, 3]), mask()],
            None,
            "`image` with 3 for its channels, the second dimension",
        ),
        (vec![numbers("image", &[3, 64, 64]), mask()], Some(Contract::Lama), "`image` with four dimensions"),
        (vec![numbers("image", &[8, 3, 64, 64]), mask()], None, "`image` for one picture at a time"),
        (vec![image(), numbers("mask", &[1, 1, OPEN, 32])], None, "inputs of one size"),
    ];
    for (inputs, asked, expected) in table {
        let refusal = refusal(&inputs, asked);
        assert!(refusal.contains(expected), "{expected}\n{refusal}");
    }
}

#[test]
fn each_side_is_fixed_or_free_by_itself() {
    let sides = |height, width| {
        let inputs = [numbers("image", &[1, 3, height, width]), numbers("mask", &[1, 1, OPEN, OPEN])];
        Interface::of(&inputs, None).unwrap()
    };
    let size = Size::new(150, 40);
    let table = [
        (sides(48, 80), Size::new(80, 48), Size::new(80, 48), "lama, a picture of 80x48"),
        (sides(48, OPEN), Size::new(160, 48), Size::new(512, 48), "lama, 48 high, and here up to 512 wide"),
        (sides(OPEN, 80), Size::new(80, 64), Size::new(80, 512), "lama, 80 wide, and here up to 512 high"),
        (
            sides(OPEN, OPEN),
            Size::new(160, 64),
            Size::new(512, 512),
            "lama, any size, here up to 512 on the longer side",
        ),
    ];
    for (interface, given, bounds, text) in table {
        assert_eq!((interface.given(size), interface.bounds(512)), (given, bounds), "{text}");
        assert_eq!(interface.text(512), text);
    }
}

#[test]
fn numbers_of_half_the_precision_are_numbers() {
    let half = |name, channels| port(name, Element::F16, &[1, channels, 64, 64]);
    assert_eq!(Interface::of(&[half("image", 3), half("mask", 1)], None).unwrap().contract, Contract::Lama);
    assert_eq!(Interface::of(&[half("input", 4)], None).unwrap().contract, Contract::Lama4);
}
