// swift-tools-version: 6.2
import PackageDescription

/// Warnings are errors in our own code; what a dependency warns of is its own.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
]

let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
  name: "gatehouse",
  products: [.executable(name: "gatehouse", targets: ["gatehouse"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
  ],
  targets: [
    // The core: synchronous, no I/O of its own.
    .target(name: "Calendar", swiftSettings: strict),
    .target(name: "ChangeControl", dependencies: ["Calendar"], swiftSettings: strict),
    .target(name: "JSON", swiftSettings: strict),
    .target(name: "Credentials", swiftSettings: strict),
    .target(name: "HTTPMessages", dependencies: [httpTypes], swiftSettings: strict),
    .target(name: "NetworkAddresses", swiftSettings: strict),
    .target(name: "COpenSSL", linkerSettings: [.linkedLibrary("crypto")]),
    .target(name: "Cryptography", dependencies: ["COpenSSL"], swiftSettings: strict),
    .target(
      name: "Migrations", path: "migrations",
      resources: [
        .embedInCode("001-gate.sql"), .embedInCode("002-courier.sql"), .embedInCode("003-checks.sql"),
        .embedInCode("004-fields.sql"), .embedInCode("005-decisions.sql"), .embedInCode("006-people.sql"),
        .embedInCode("007-standing.sql"), .embedInCode("008-setup.sql"), .embedInCode("009-drift.sql"),
        .embedInCode("010-open-requests.sql"), .embedInCode("011-sent.sql"), .embedInCode("012-begun.sql"),
        .embedInCode("013-sight.sql"),
        .embedInCode("014-unwatched.sql"),
      ], swiftSettings: strict),
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .target(
      name: "Storage", dependencies: ["Calendar", "ChangeControl", "Cryptography", "JSON", "Migrations", "CSQLite"], swiftSettings: strict),
    .target(
      name: "GitLab", dependencies: ["Calendar", "ChangeControl", "Cryptography", "JSON", "HTTPMessages", httpTypes], swiftSettings: strict),
    .target(name: "Gate", dependencies: ["Calendar", "ChangeControl", "Cryptography", "JSON", "Storage"], swiftSettings: strict),
    .target(
      name: "Web",
      dependencies: [
        "Gate", "GitLab", "Credentials", "Cryptography", "JSON", "HTTPMessages", "Calendar", "ChangeControl", "Storage", httpTypes,
      ],
      swiftSettings: strict),

    // The rim: sockets, libcurl, files, time.
    .target(name: "CLinux"),
    .target(name: "HTTPServer", dependencies: ["CLinux", "HTTPMessages", "NetworkAddresses", httpTypes], swiftSettings: strict),
    .target(name: "CCurl", linkerSettings: [.linkedLibrary("curl")]),
    .target(name: "HTTPClient", dependencies: ["CCurl", "HTTPMessages", httpTypes], swiftSettings: strict),
    .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    .target(
      name: "Configuration", dependencies: ["CYAML", "Calendar", "ChangeControl", "Credentials", "NetworkAddresses"], swiftSettings: strict),
    .target(
      name: "GitLabSimulator", dependencies: ["Calendar", "Cryptography", "HTTPMessages", "JSON", httpTypes], swiftSettings: strict),
    .executableTarget(
      name: "gatehouse",
      dependencies: [
        "Calendar", "ChangeControl", "Configuration", "Credentials", "Cryptography", "Gate", "GitLab", "GitLabSimulator", "HTTPClient",
        "HTTPMessages", "HTTPServer", "JSON", "NetworkAddresses", "Storage", "Web", arguments, logging, httpTypes,
      ],
      swiftSettings: strict),

    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
    // A disk that fails, below SQLite.
    .target(name: "FaultyDisk", dependencies: ["CSQLite", "TestSupport"], path: "Tests/FaultyDisk", swiftSettings: strict),
    // `make bench`. Never installed.
    .executableTarget(
      name: "Benchmark",
      dependencies: [
        "CLinux", "CSQLite", "Calendar", "ChangeControl", "GitLabSimulator", "HTTPMessages", "JSON", "Storage", "TestSupport",
      ],
      path: "Tests/Benchmark", swiftSettings: strict),
    // `make simulate`. Never installed.
    .executableTarget(
      name: "Simulation",
      dependencies: [
        "Calendar", "ChangeControl", "Gate", "GitLab", "GitLabSimulator", "HTTPMessages", "JSON", "Storage", "TestSupport", "Web",
        httpTypes,
      ],
      path: "Tests/Simulation", swiftSettings: strict),
    .testTarget(name: "CalendarTests", dependencies: ["Calendar", "TestSupport"], exclude: ["Fixtures"], swiftSettings: strict),
    .testTarget(name: "ChangeControlTests", dependencies: ["Calendar", "ChangeControl", "TestSupport"], swiftSettings: strict),
    .testTarget(name: "CredentialsTests", dependencies: ["Credentials"], swiftSettings: strict),
    .testTarget(name: "CryptographyTests", dependencies: ["Cryptography"], swiftSettings: strict),
    .testTarget(name: "NetworkAddressesTests", dependencies: ["NetworkAddresses", "TestSupport"], swiftSettings: strict),
    .testTarget(name: "JSONTests", dependencies: ["JSON", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "StorageTests", dependencies: ["Storage", "Calendar", "ChangeControl", "FaultyDisk", "JSON", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "HTTPServerTests", dependencies: ["HTTPServer", "HTTPMessages", "NetworkAddresses", "TestSupport", httpTypes],
      exclude: ["Fixtures"],
      swiftSettings: strict),
    .testTarget(name: "HTTPClientTests", dependencies: ["HTTPClient", "HTTPMessages", "TestSupport", httpTypes], swiftSettings: strict),
    .testTarget(
      name: "GitLabTests", dependencies: ["GitLab", "Calendar", "ChangeControl", "HTTPMessages", "JSON", "TestSupport", httpTypes],
      resources: [.copy("Fixtures")],
      swiftSettings: strict),
    .testTarget(
      name: "GitLabSimulatorTests", dependencies: ["GitLabSimulator", "Calendar", "HTTPMessages", "JSON", "TestSupport", httpTypes],
      swiftSettings: strict),
    .testTarget(
      name: "ConfigurationTests", dependencies: ["Configuration", "Calendar", "ChangeControl", "NetworkAddresses", "TestSupport"],
      exclude: ["Fixtures"], swiftSettings: strict),
    .testTarget(
      name: "GateTests", dependencies: ["Gate", "Calendar", "ChangeControl", "FaultyDisk", "JSON", "Storage", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "WebTests",
      dependencies: [
        "Web", "Calendar", "ChangeControl", "Cryptography", "FaultyDisk", "Gate", "GitLab", "GitLabSimulator", "HTTPMessages", "JSON",
        "Storage", "TestSupport", httpTypes,
      ],
      swiftSettings: strict),
    .testTarget(
      name: "SimulationTests", dependencies: ["Simulation", "Calendar", "GitLabSimulator", "Storage", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "gatehouseTests",
      dependencies: [
        "gatehouse", "Calendar", "ChangeControl", "Configuration", "Gate", "GitLab", "GitLabSimulator", "HTTPClient", "HTTPMessages",
        "JSON",
        "Storage",
        "TestSupport", "Web",
        httpTypes, logging,
      ],
      swiftSettings: strict),
  ]
)
