extension [UInt8] {
  /// Where `text`, which is not empty, stands first, octet by octet. With Foundation in the same process, the library's `firstRange(of:)` is
  /// Foundation's, takes a hundred times as long, and a fuzzer would do nothing else.
  package func firstRange(ofText text: String) -> Range<Int>? {
    let wanted = Array(text.utf8)
    return indices.dropLast(wanted.count - 1)
      .first { self[$0] == wanted[0] && self[$0..<$0 + wanted.count].elementsEqual(wanted) }
      .map { $0..<$0 + wanted.count }
  }
}
