/// The files of a folder beside the tests, for tests that take each of them.
package enum FixtureFolder {
  package struct File: Sendable {
    package var name: String
    package var bytes: [UInt8]
  }

  /// `name`: of a folder beside `source`, which is the file that asks.
  package static func files(in name: String, beside source: String = #filePath) -> [File] {
    let path = "/" + source.split(separator: "/").dropLast().joined(separator: "/") + "/\(name)"
    return names(inFolder: path).filter { !$0.hasPrefix(".") }.map { File(name: $0, bytes: bytes(ofFile: "\(path)/\($0)")) }
  }
}
