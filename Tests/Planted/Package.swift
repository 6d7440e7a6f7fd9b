// swift-tools-version: 6.2
import PackageDescription

// The core once more, with every bug of this folder's patches planted in it and asleep: in a package of its own, lest one come near what is
// installed. The rooms are compiled from the copy that `run` has patched, the simulation from where it is, through the link `Gatehouse` to the
// repository, because `package` names are seen by no other package: what is compiled here is all in this one.

private let settings: [SwiftSetting] = [.swiftLanguageMode(.v6)]

private func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(
    name: name, dependencies: dependencies + ["Planted"], path: "Gatehouse/.build-planted/Sources/\(name)", swiftSettings: settings)
}

private let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")

let package = Package(
  name: "planted",
  dependencies: [
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0")
  ],
  targets: [
    .target(name: "Planted", path: "Planted", swiftSettings: settings),
    room("Calendar"),
    room("ChangeControl", ["Calendar"]),
    room("JSON"),
    room("Credentials"),
    room("HTTPMessages", [httpTypes]),
    .target(name: "COpenSSL", path: "Gatehouse/Sources/COpenSSL", linkerSettings: [.linkedLibrary("crypto")]),
    room("Cryptography", ["COpenSSL"]),
    .target(
      name: "Migrations", path: "Gatehouse/migrations",
      resources: [
        .embedInCode("001-gate.sql"), .embedInCode("002-courier.sql"), .embedInCode("003-checks.sql"),
        .embedInCode("004-fields.sql"), .embedInCode("005-decisions.sql"), .embedInCode("006-people.sql"), .embedInCode("007-standing.sql"),
        .embedInCode("008-setup.sql"), .embedInCode("009-drift.sql"), .embedInCode("010-open-requests.sql"),
        .embedInCode("011-sent.sql"), .embedInCode("012-begun.sql"), .embedInCode("013-sight.sql"),
        .embedInCode("014-unwatched.sql"),
      ], swiftSettings: settings),
    .systemLibrary(name: "CSQLite", path: "Gatehouse/Sources/CSQLite", pkgConfig: "sqlite3"),
    room("Storage", ["Calendar", "ChangeControl", "Cryptography", "JSON", "Migrations", "CSQLite"]),
    room("GitLab", ["Calendar", "ChangeControl", "Cryptography", "JSON", "HTTPMessages", httpTypes]),
    room("Gate", ["Calendar", "ChangeControl", "Cryptography", "JSON", "Storage"]),
    room(
      "Web", ["Gate", "GitLab", "Credentials", "Cryptography", "JSON", "HTTPMessages", "Calendar", "ChangeControl", "Storage", httpTypes]),
    room("GitLabSimulator", ["Calendar", "Cryptography", "HTTPMessages", "JSON", httpTypes]),
    .target(name: "TestSupport", path: "Gatehouse/Tests/TestSupport", swiftSettings: settings),
    .executableTarget(
      name: "Simulation",
      dependencies: [
        "Calendar", "ChangeControl", "Gate", "GitLab", "GitLabSimulator", "HTTPMessages", "JSON", "Storage", "TestSupport", "Web",
        httpTypes,
      ],
      path: "Gatehouse/Tests/Simulation", swiftSettings: settings),
  ]
)
