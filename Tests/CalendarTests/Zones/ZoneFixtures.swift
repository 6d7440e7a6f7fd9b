import Glibc
import TestSupport
import Testing

@testable import Calendar

/// Time zones from files that were compiled from the time zone database's release 2025b, so that tests do not depend on the machine's.
enum ZoneFixtures {
  static let files: [FixtureFolder.File] = FixtureFolder.files(in: "../Fixtures/zones")

  static func bytes(_ name: String) -> [UInt8] { files.first { $0.name == name }?.bytes ?? [] }

  static func zone(_ name: String) throws -> TimeZone { try TimeZone(name: name, tzif: bytes(name)) }

  static func path(_ name: String, beside source: String = #filePath) -> String {
    "/" + source.split(separator: "/").dropLast(2).joined(separator: "/") + "/Fixtures/zones/" + name
  }
}

/// Reads `2026-03-29T02:30:00`.
func civil(_ text: String) throws -> CivilTime {
  let instant = try #require(Instant(iso8601: text + "Z"), "\(text)")
  return CivilTime(secondsSinceEpoch: instant.seconds)
}

func instant(_ text: String) throws -> Instant { try #require(Instant(iso8601: text), "\(text)") }
