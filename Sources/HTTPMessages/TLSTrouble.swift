/// Why a certificate was not taken, told by OpenSSL's words in a reason.
package enum TLSTrouble: Sendable, Hashable, CaseIterable {
  case unknownAuthority, wrongName, expired, notYetValid, unfit, noTLS

  package init?(_ reason: String) {
    let words = reason.lowercased()
    func says(_ texts: String...) -> Bool { texts.contains { words.contains($0) } }
    if says("has expired") {
      self = .expired
    } else if says("not yet valid") {
      self = .notYetValid
    } else if says("does not match", "no alternative certificate subject name", "hostname mismatch") {
      self = .wrongName
    } else if says(
      "local issuer", "self-signed", "self signed", "unable to get issuer", "unable to verify the first", "ca file")
    {
      self = .unknownAuthority
    } else if says("not trusted", "certificate problem") {
      self = .unfit
    } else if says("no tls with", "wrong version number") {
      self = .noTLS
    } else {
      return nil
    }
  }

  package var meaning: String {
    switch self {
    case .unknownAuthority: "its certificate comes from an authority that is not trusted here, or it does not send the whole chain"
    case .wrongName: "its certificate is for another name than the one in url"
    case .expired: "its certificate has expired"
    case .notYetValid: "its certificate is not valid yet, or this machine's clock is behind"
    case .unfit: "its certificate is none that is taken here"
    case .noTLS: "what listens there does not speak TLS"
    }
  }

  package var remedy: String {
    switch self {
    case .unknownAuthority:
      "set ca_file (GATEHOUSE_CA_FILE for `change`) to its authority's certificate in PEM, or have the server send its intermediate certificates"
    case .wrongName: "set url (GATEHOUSE_URL for `change`) to a name that the certificate has, or have a certificate made for this one"
    case .expired: "renew the certificate on the server"
    case .unfit: "have another certificate made for the server: the reason says what this one lacks"
    case .notYetValid: "set this machine's clock by NTP, or wait until the certificate is valid"
    case .noTLS: "correct the port in url, or write http:// where it is meant to be plain"
    }
  }
}
