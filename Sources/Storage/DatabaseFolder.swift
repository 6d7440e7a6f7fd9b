import Glibc

/// The folder that a database lives in.
enum DatabaseFolder {
  /// Makes it, readable by its owner alone. One level: a path whose parents are missing is a mistake in the path. Whether it worked, opening a
  /// file in it tells, with the reason.
  static func make(for path: String) {
    guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return }
    mkdir(String(path[..<slash]), 0o700)
  }
}
