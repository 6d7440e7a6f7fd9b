internal import Glibc

/// Looking for secrets in bytes. The standard library's search works on any collection, and is too slow for every body that comes in.
extension String {
  func isContained(in bytes: [UInt8]) -> Bool { bytes.withUnsafeBytes { isContained(in: $0) } }

  func utf8Contains(_ part: String) -> Bool {
    utf8.withContiguousStorageIfAvailable { part.isContained(in: UnsafeRawBufferPointer($0)) } ?? contains(part)
  }

  private func isContained(in buffer: UnsafeRawBufferPointer) -> Bool {
    var part = self
    return part.withUTF8 { wanted in
      guard let first = wanted.first, let bytes = wanted.baseAddress, var start = buffer.baseAddress else { return false }
      let end = start + buffer.count
      while end - start >= wanted.count, let candidate = memchr(start, Int32(first), end - start - wanted.count + 1) {
        if memcmp(candidate, bytes, wanted.count) == 0 { return true }
        start = UnsafeRawPointer(candidate) + 1
      }
      return false
    }
  }
}
