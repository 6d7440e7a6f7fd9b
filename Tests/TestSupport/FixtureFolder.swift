import Glibc

/// The files of a folder beside the tests, for tests that take each of them.
package enum FixtureFolder {
  package struct File: Sendable {
    package var name: String
    package var bytes: [UInt8]
  }

  /// `name`: of a folder beside `source`, which is the file that asks.
  package static func files(in name: String, beside source: String = #filePath) -> [File] {
    let path = source.split(separator: "/").dropLast().joined(separator: "/")
    return names("/\(path)/\(name)").compactMap { file in
      bytes("/\(path)/\(name)/\(file)").map { File(name: file, bytes: $0) }
    }
  }

  private static func names(_ path: String) -> [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted()
  }

  private static func bytes(_ path: String) -> [UInt8]? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer.prefix(count) }
    return bytes
  }
}
