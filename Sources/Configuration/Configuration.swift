package import ChangeControl
package import NetworkAddresses

/// What one configuration file says, checked: nothing in it has to be doubted again. A value; read it anew for a new one.
package struct Configuration: Sendable {
  package struct Server: Sendable, Equatable {
    /// At least one.
    package var listen: [ListenAddress]
    /// What people and GitLab call this server; no slash at the end. Nil where the file does not say: then it is where the server listens.
    package var publicURL: String?
    package var limits = ServerLimits()
    /// Whose word is taken for who sent a request.
    package var trustedProxies = TrustedProxies()
    /// Whether the server runs the doctor's checks once it listens, and once a configuration was read anew.
    package var checksOnStart = true
    /// How often it runs them; nil for not again.
    package var checksEvery: Duration? = .seconds(3_600)

    /// What `trusted_proxies` calls whoever comes over a Unix socket.
    static let unixProxies = "unix"

    /// Where links lead when the server listens there. A Unix socket has no address that a link could have: then it is a placeholder.
    package func publicURL(listeningAt addresses: [ListenAddress]) -> String {
      publicURL ?? addresses.lazy.compactMap(\.url).first ?? "http://localhost"
    }
  }

  package struct Database: Sendable, Equatable {
    /// Relative paths start at the working directory.
    package var path: String
  }

  package struct Log: Sendable, Equatable {
    package enum Level: String, Sendable, CaseIterable { case debug, info, warning, error }
    /// `auto`: text where a person looks on, else JSON.
    package enum Format: String, Sendable, CaseIterable { case auto, json, text }

    package var level: Level
    package var format: Format
  }

  /// How one GitLab is reached, and how its webhooks are known. What the core needs of it is in `plan.instances`.
  package struct GitLabInstance: Sendable {
    package var name: String
    /// Absolute, no slash at the end; the API is this and `/api/v4`.
    package var url: String
    package var token: Secret
    /// A Maintainer's, for what the service account may not: protected environments. Nil: `token` does for that too.
    package var adminToken: Secret?
    package var webhookToken: Secret?
    /// `whsec_` and the base64 of 32 bytes. Where it is given, only a signature counts.
    package var signingToken: Secret?
    /// A PEM file of the authorities that signed this GitLab's certificate; nil for the system's.
    package var certificateAuthorityFile: String?
    /// What `gatehouse setup` makes there.
    package var setup = GitLabSetup()
  }

  package var server: Server
  package var database: Database
  package var log: Log
  package var gitlab: [GitLabInstance]
  package var plan: ControlPlan
  /// What works but should be mended, one sentence each with its place in the file.
  package var warnings: [String]
}
