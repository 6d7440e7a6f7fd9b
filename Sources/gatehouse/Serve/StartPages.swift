import Glibc

/// The pages of files that only starting took: the dynamic linker's tables, the argument parser, the reader of YAML. They stay resident for as long as
/// nobody else wants the memory, two fifths of all an idle gate has.
enum StartPages {
  /// Gives them back; what is needed again comes from the page cache. Of mappings that cannot be written and never were (no anonymous page), for
  /// nothing is lost with their pages (madvise(2), MADV_DONTNEED). Returns the bytes that were resident in them.
  @discardableResult
  static func giveBack() -> Int {
    var bytes = 0
    for mapping in mappings() where mapping.isClean && mapping.resident > 0 {
      guard let start = UnsafeMutableRawPointer(bitPattern: mapping.start) else { continue }
      if madvise(start, Int(mapping.end - mapping.start), MADV_DONTNEED) == 0 { bytes += mapping.resident }
    }
    return bytes
  }

  /// One entry of /proc/self/smaps (proc(5)).
  struct Mapping: Sendable, Hashable {
    var start: UInt
    var end: UInt
    /// Whether each of its pages is one of a file, as it stands there.
    var isClean: Bool
    var resident = 0
  }

  /// Empty where the system does not tell.
  private static func mappings() -> [Mapping] {
    guard let file = fopen("/proc/self/smaps", "re") else { return [] }
    defer { fclose(file) }
    var text: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 16 * 1_024)
    while case let count = fread(&piece, 1, piece.count, file), count > 0 { text += piece[..<count] }
    return mappings(in: String(decoding: text, as: UTF8.self))
  }

  static func mappings(in text: String) -> [Mapping] {
    var mappings: [Mapping] = []
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      if words.count >= 5, let range = range(words[0]) {
        // A path begins with a slash; `[vdso]`, stacks and heaps are no files.
        let isFile = words.count >= 6 && words[5].hasPrefix("/")
        mappings.append(Mapping(start: range.lowerBound, end: range.upperBound, isClean: isFile && !words[1].contains("w")))
      } else if words.count >= 2, let last = mappings.indices.last, let kilobytes = Int(words[1]) {
        switch words[0] {
        case "Rss:": mappings[last].resident = kilobytes * 1_024
        // What was swapped out is counted by the second alone.
        case "Anonymous:" where kilobytes > 0, "Swap:" where kilobytes > 0: mappings[last].isClean = false
        default: break
        }
      }
    }
    return mappings
  }

  /// `7f12a000-7f12c000`
  private static func range(_ text: Substring) -> Range<UInt>? {
    let ends = text.split(separator: "-", omittingEmptySubsequences: false)
    guard ends.count == 2, let start = UInt(ends[0], radix: 16), let end = UInt(ends[1], radix: 16), start < end else { return nil }
    return start..<end
  }
}
