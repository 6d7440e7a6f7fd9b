package import Calendar
import Glibc

/// Why there is no such time zone here; what a message says after the zone's place in the file.
package enum TimeZoneFault: Error, Sendable, Hashable, CustomStringConvertible {
  case noName(String)
  case unknown(String, nearest: String?)
  /// Nothing is in these folders.
  case noDatabase([String])
  /// A file that is there, and what is wrong with it.
  case unreadable(path: String, String)

  package var description: String {
    switch self {
    case .noName(let name): "\(shown(name)) is no name of a time zone; write one such as Europe/Berlin"
    case .unknown(let name, let nearest?): "there is no time zone \(shown(name)); did you mean `\(nearest)`?"
    case .unknown(let name, nil): "there is no time zone \(shown(name)); write one of the time zone database's names, such as Europe/Berlin"
    case .noDatabase(let folders):
      "there are no time zones in \(folders.joined(separator: " or ")); install the package tzdata, or name their folder in TZDIR"
    case .unreadable(let path, let what): "\(path): \(what)"
    }
  }
}

/// The time zones of this machine: the compiled files of the time zone database, by their names.
package struct TimeZoneDirectory: Sendable {
  private let folders: [String]

  /// Looks in `TZDIR` first, as the C library does.
  package init(environment: [String: String]) {
    let chosen = environment["TZDIR"].flatMap { $0.isEmpty ? nil : $0 }
    folders = [chosen, "/usr/share/zoneinfo"].compactMap(\.self)
  }

  init(folders: [String]) { self.folders = folders }

  /// `UTC` is known without any file.
  package func zone(named name: String) throws(TimeZoneFault) -> TimeZone {
    if name == TimeZone.utc.name { return .utc }
    guard TimeZoneDirectory.isName(name) else { throw .noName(name) }
    for folder in folders {
      let path = "\(folder)/\(name)"
      guard let bytes = try file(path) else { continue }
      do throws(TimeZoneFileFault) {
        return try TimeZone(name: name, tzif: bytes)
      } catch {
        throw .unreadable(path: path, "\(error)")
      }
    }
    let names = folders.flatMap { TimeZoneDirectory.names(in: $0) }
    guard !names.isEmpty else { throw .noDatabase(folders) }
    throw .unknown(name, nearest: TimeZoneDirectory.likely(name, among: names))
  }

  /// Nil where there is none.
  private func file(_ path: String) throws(TimeZoneFault) -> [UInt8]? {
    do throws(FileFault) {
      return try readFile(path, limit: TimeZone.largestFile)
    } catch {
      guard error == .missing || error == .directory else { throw .unreadable(path: path, "\(error)") }
      return nil
    }
  }

  /// Nothing that could lead out of the folder: words of letters, digits, `+`, `-` and `_`, with a slash between them.
  private static func isName(_ name: String) -> Bool {
    guard name.utf8.count <= Limits.nameBytes else { return false }
    return name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { word in
      word.utf8.first.map { (0x41...0x5A).contains($0 & 0xDF) } ?? false
        && word.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x41...0x5A).contains($0 & 0xDF) || "+-_".utf8.contains($0) }
    }
  }

  // MARK: What it could have been

  /// `Berlin` stands for the place of that name, before what is written nearly like it.
  private static func likely(_ name: String, among names: [String]) -> String? {
    let place = name.lowercased()
    return names.first { $0.lowercased().hasSuffix("/\(place)") } ?? nearest(to: name, among: names)
  }

  /// Zones begin with a capital, as do the folders that they are in; `posix`, `right` and tables do not.
  private static func names(in folder: String, below prefix: String = "", depth: Int = 3) -> [String] {
    guard depth > 0, let handle = opendir("\(folder)/\(prefix)") else { return [] }
    defer { closedir(handle) }
    var names: [String] = []
    while let entry = readdir(handle) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      guard let initial = name.utf8.first, (0x41...0x5A).contains(initial) else { continue }
      let path = prefix.isEmpty ? name : "\(prefix)/\(name)"
      let below = self.names(in: folder, below: path, depth: depth - 1)
      names += below.isEmpty ? [path] : below
    }
    return names.sorted()
  }
}
