//! The natural logarithm from the four basic operations, so that it is the same bits on every machine.
//!
//! `f64::ln` calls the platform's mathematics library, whose last bit differs between platforms and versions. A rank or
//! a community that hangs on that bit would differ too, and evidence must not.

/// ln 2, split so that `k * LN_2_HIGH` is exact for every exponent `k`.
const LN_2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// How large is `x` on a logarithmic scale, to within two units in the last place of `f64::ln`?
///
/// `x = 2^k m` with `m` in `[1/sqrt 2, sqrt 2)`; `ln m = 2 artanh((m - 1) / (m + 1))` by its series to the 23rd power.
/// `x` of 0 or less gives minus infinity, infinity and NaN give themselves.
pub const fn ln(x: f64) -> f64 {
    if x <= 0.0 {
        return f64::NEG_INFINITY;
    }
    if !x.is_finite() {
        return x;
    }
    // Subnormal numbers are scaled into the normal range first.
    let (x, shift) = if x < f64::MIN_POSITIVE { (x * (1u64 << 54) as f64, 54) } else { (x, 0) };
    let bits = x.to_bits();
    let mut exponent = ((bits >> 52) & 0x7ff) as i64 - 1023 - shift;
    let mut mantissa = f64::from_bits((bits & 0x000f_ffff_ffff_ffff) | 0x3ff0_0000_0000_0000);
    if mantissa > std::f64::consts::SQRT_2 {
        mantissa *= 0.5;
        exponent += 1;
    }
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let z = s * s;
    let mut series = 1.0 / 23.0;
    let mut odd = 21.0;
    while odd > 2.0 {
        series = series * z + 1.0 / odd;
        odd -= 2.0;
    }
    let k = exponent as f64;
    k * LN_2_HIGH + (2.0 * s + (2.0 * s * z * series + k * LN_2_LOW))
}

/// The same in base 2, in bits.
pub fn log2(x: f64) -> f64 {
    ln(x) * std::f64::consts::LOG2_E
}

/// Of each 128th of `[1, 2)`: the inverse of its middle, and minus the base-2 logarithm of that inverse.
static MIDDLES: [(f64, f64); 128] = middles();

const fn middles() -> [(f64, f64); 128] {
    let mut table = [(1.0, 0.0); 128];
    let mut i = 0;
    while i < 128 {
        let inverse = 1.0 / (1.0 + (i as f64 + 0.5) / 128.0);
        table[i] = (inverse, -ln(inverse) * std::f64::consts::LOG2_E);
        i += 1;
    }
    table
}

/// What is `x log2 x`, fast and the same bits on every machine? 0 for 0; within 1e-14 of the true value, relative to it or
/// to `x`, whichever is larger.
///
/// The logarithm is that of the middle of `x`'s 128th of an octave, from a table, plus that of a ratio within 1/256 of one,
/// from its series to the sixth power. `x` must be below 2^63.
pub fn x_log2_x(x: u64) -> f64 {
    if x < 2 {
        return 0.0;
    }
    let float = x as i64 as f64;
    let bits = float.to_bits();
    let exponent = (bits >> 52) as i64 - 1023;
    let mantissa = f64::from_bits((bits & 0x000f_ffff_ffff_ffff) | 0x3ff0_0000_0000_0000);
    let (inverse, log) = MIDDLES[((bits >> 45) & 127) as usize];
    let r = mantissa * inverse - 1.0;
    let series = r * (1.0 + r * (-0.5 + r * (1.0 / 3.0 + r * (-0.25 + r * (0.2 - r / 6.0)))));
    float * (exponent as f64 + (log + series * std::f64::consts::LOG2_E))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn agrees_with_the_platform(x in prop_oneof![1e-300f64..1e300, 1e-9f64..2.0, 0.9f64..1.1]) {
            let (ours, theirs) = (ln(x), x.ln());
            prop_assert!((ours - theirs).abs() <= 4.0 * f64::EPSILON * theirs.abs().max(1e-3), "{x} {ours} {theirs}");
        }
    }

    proptest! {
        #[test]
        fn x_log2_x_agrees_with_the_platform(x in prop_oneof![0u64..10_000, 0u64..1 << 53]) {
            let float = x as f64;
            let theirs = if x == 0 { 0.0 } else { float * float.log2() };
            prop_assert!((x_log2_x(x) - theirs).abs() <= 1e-14 * theirs.max(float), "{x}");
        }
    }

    #[test]
    fn ends_of_the_range() {
        assert!(ln(1.0).abs() < f64::MIN_POSITIVE);
        assert!(ln(0.0).is_infinite() && ln(-1.0).is_infinite() && ln(f64::NAN).is_nan());
        assert!((ln(5e-324) - (5e-324f64).ln()).abs() < 1e-12);
        assert!((log2(8.0) - 3.0).abs() < 1e-15);
    }
}
