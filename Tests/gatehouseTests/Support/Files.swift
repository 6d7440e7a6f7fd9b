import Glibc
import TestSupport

func text(ofFile path: String) -> String { String(decoding: bytes(ofFile: path), as: UTF8.self) }

func write(_ text: String, toFile path: String, mode: mode_t = 0o600) {
  let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
  precondition(descriptor >= 0, "\(path) cannot be written: \(String(cString: strerror(errno)))")
  defer { close(descriptor) }
  let bytes = Array(text.utf8)
  let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
  precondition(count == bytes.count, "\(path) was written in part only")
}

extension [UInt8] {
  /// Whether `text` stands anywhere in these bytes.
  func contain(_ text: String) -> Bool {
    let wanted = Array(text.utf8)
    return withUnsafeBytes { all in
      wanted.withUnsafeBytes { holds(all, $0) }
    }
  }
}

/// `memmem`, which the C library's module does not show: a scan for the first byte, then a comparison.
private func holds(_ all: UnsafeRawBufferPointer, _ wanted: UnsafeRawBufferPointer) -> Bool {
  guard let first = wanted.first, let base = all.baseAddress, let needle = wanted.baseAddress else { return wanted.isEmpty }
  var start = 0
  while start + wanted.count <= all.count {
    guard let found = memchr(base + start, Int32(first), all.count - wanted.count - start + 1) else { return false }
    if memcmp(found, needle, wanted.count) == 0 { return true }
    start = UnsafeRawPointer(found) - base + 1
  }
  return false
}
