import Glibc

/// How many times as long as usual a test bears with what it waits for: 1, or the whole number in `TEST_SLOWNESS`. `make test-sanitize` sets it,
/// for a sanitizer slows all down many times. It stretches only what ends a test that hangs, never what is measured.
package let slowness: Int = getenv("TEST_SLOWNESS").flatMap { Int(String(cString: $0)) } ?? 1
