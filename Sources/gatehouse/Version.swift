/// The version of this program, as `--version`, the user agent and `/healthz` tell it.
enum Version {
  static let text = "0.1.0"
}
