import Calendar
import Glibc
import TestSupport
import Testing

@testable import Configuration

@Suite struct TimeZoneDirectoryTests {
  private static let berlin = FixtureFolder.files(in: "../CalendarTests/Fixtures/zones").first { $0.name == "Berlin" }?.bytes ?? []

  /// A folder as the time zone database has it, and what it is asked through.
  private struct Database {
    let folder = TemporaryFolder()

    /// Looked up in this folder alone, which has to be there until then.
    func zone(named name: String) throws(TimeZoneFault) -> TimeZone {
      defer { withExtendedLifetime(folder) {} }
      return try TimeZoneDirectory(folders: [folder.path]).zone(named: name)
    }

    init() {
      for name in ["Europe", "America", "America/Indiana", "posix"] { mkdir(folder.file(name), 0o755) }
      for name in [
        "Europe/Berlin", "Europe/Vienna", "America/New_York", "America/Indiana/Knox", "Etc", "posix/Test", "zone.tab", "leapseconds",
      ] {
        makeFile(folder.file(name), berlin)
      }
      makeFile(folder.file("Europe/Broken"), Array(berlin.prefix(200)))
      makeFile(folder.file("Europe/Text"), Array("Berlin\n".utf8))
    }
  }

  /// What is said of what is asked for.
  private func fault(_ lookUp: () throws -> TimeZone) -> String {
    do {
      return "none: \(try lookUp())"
    } catch {
      return "\(error)"
    }
  }

  @Test func aZoneIsReadByItsName() throws {
    let zone = try Database().zone(named: "Europe/Berlin")
    #expect(zone.name == "Europe/Berlin")
    #expect(zone.offset(at: Instant(milliseconds: 1_783_000_000_000)) == .seconds(7_200))
    #expect(try Database().zone(named: "America/Indiana/Knox").name == "America/Indiana/Knox")
  }

  @Test func theFolderThatTZDIRNamesIsTheFirst() throws {
    let database = Database()
    makeFile(database.folder.file("Europe/Nowhere"), TimeZoneDirectoryTests.berlin)
    #expect(try TimeZoneDirectory(environment: ["TZDIR": database.folder.path]).zone(named: "Europe/Nowhere").name == "Europe/Nowhere")
    withExtendedLifetime(database) {}
    let fault = fault { try TimeZoneDirectory(environment: ["TZDIR": ""]).zone(named: "Europe/Nowhere") }
    #expect(!fault.hasPrefix("none"))
  }

  @Test func utcNeedsNoFile() throws {
    #expect(try TimeZoneDirectory(environment: ["TZDIR": "/nowhere"]).zone(named: "UTC") == .utc)
  }

  @Test(arguments: [
    ("Europe/Berln", "there is no time zone `Europe/Berln`; did you mean `Europe/Berlin`?"),
    ("europe/berlin", "there is no time zone `europe/berlin`; did you mean `Europe/Berlin`?"),
    ("Vienna", "there is no time zone `Vienna`; did you mean `Europe/Vienna`?"),
    ("knox", "there is no time zone `knox`; did you mean `America/Indiana/Knox`?"),
    ("Mars/Olympus", "there is no time zone `Mars/Olympus`; write one of the time zone database's names, such as Europe/Berlin"),
    ("Europe", "there is no time zone `Europe`; write one of the time zone database's names, such as Europe/Berlin"),
    ("Test", "there is no time zone `Test`; write one of the time zone database's names, such as Europe/Berlin"),
  ])
  func whatIsNotThereIsToldWithWhatIs(_ name: String, _ said: String) {
    #expect(fault { try Database().zone(named: name) } == said)
  }

  @Test(arguments: [
    "", "/etc/passwd", "../Europe/Berlin", "Europe/../Europe/Berlin", "Europe//Berlin", "Europe/", ".", "zone.tab", "Europe/Ber\0lin", "Ä",
  ])
  func whatCouldLeadElsewhereIsNoName(_ name: String) {
    #expect(
      fault { try Database().zone(named: name) }.hasSuffix(
        "is no name of a time zone; write one such as Europe/Berlin"))
  }

  @Test func aFileThatIsNoneIsNamed() {
    let database = Database()
    #expect(
      fault { try database.zone(named: "Europe/Broken") }
        == "\(database.folder.file("Europe/Broken")): it ends too early; install the time zone database (tzdata) anew")
    #expect(fault { try database.zone(named: "Europe/Text") }.contains("it is no TZif file"))
    makeFile(database.folder.file("Europe/Large"), [UInt8](repeating: 0, count: 70_000))
    #expect(fault { try database.zone(named: "Europe/Large") }.contains("it is larger than 65536 bytes"))
  }

  @Test func withoutADatabaseItSaysWhatToInstall() {
    let nothing = TimeZoneDirectory(folders: ["/nowhere", TemporaryFolder().path])
    #expect(
      fault { try nothing.zone(named: "Europe/Berlin") }.hasSuffix(
        "; install the package tzdata, or name their folder in TZDIR"))
  }
}
