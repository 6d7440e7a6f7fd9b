/// The ways in which an input is cut, for checks that run too often to try them all: whole, byte by byte, and in two pieces, parted at each
/// boundary of a short input and at some of a long one. Which those are follows from the input, so that it can be played again.
enum FuzzCut {
  static let boundaries = 8

  static func pieces(of input: [UInt8]) -> [[ArraySlice<UInt8>]] {
    let step = max(1, input.count / boundaries)
    let first = 1 + input.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xFFFF } % step
    return [[input[...]], input.indices.map { input[$0...$0] }]
      + stride(from: first, to: input.count, by: step).map { [input[..<$0], input[$0...]] }
  }
}
