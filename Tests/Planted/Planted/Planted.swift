import Glibc

/// Which bug is planted in this run: one, named by the environment, or none.
package enum Planted {
  private static let bug: String? = getenv("PLANTED").map { String(cString: $0) }

  package static func isOn(_ name: String) -> Bool { name == bug }
}
