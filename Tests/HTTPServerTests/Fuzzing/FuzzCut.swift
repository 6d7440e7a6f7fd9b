/// The ways in which an input is cut: whole, byte by byte, and in two pieces, parted at each boundary or, where the check runs too often for
/// that, at some of them. Which those are follows from the input, so that it can be played again.
enum FuzzCut {
  /// As many boundaries of an input as the fuzzer has time for, and as a test has.
  static let some = 8
  static let many = 24

  static func pieces(of input: [UInt8], boundaries: Int) -> [[ArraySlice<UInt8>]] {
    let step = max(1, input.count / boundaries)
    let first = 1 + input.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xFFFF } % step
    return [[input[...]], input.indices.map { input[$0...$0] }]
      + stride(from: first, to: input.count, by: step).map { [input[..<$0], input[$0...]] }
  }
}
