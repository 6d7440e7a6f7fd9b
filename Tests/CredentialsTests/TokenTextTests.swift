import Testing

@testable import Credentials

@Suite struct TokenTextTests {
  private static let body = "AbCdEf0123456789-_xy"

  @Test(arguments: [
    "glpat-", "gloas-", "gldt-", "glrt-", "glrtr-", "glcbt-", "glptt-", "glft-", "glimt-", "glagent-", "glwt-", "glsoat-", "glffct-",
  ])
  func aTokenOfGitLabsIsNotRepeated(_ prefix: String) {
    #expect(TokenText.redacted("with \(prefix)\(Self.body), quickly") == "with \(prefix)[REDACTED], quickly")
    #expect(TokenText.stands(in: "with \(prefix)\(Self.body)"))
    #expect(TokenText.redacted("token\(prefix)\(Self.body)") == "token\(prefix)[REDACTED]", "pasted at the end of a word")
  }

  @Test(arguments: [
    // Routable tokens have parts.
    ("glpat-abc.01.0a1b2c3d4", "glpat-[REDACTED]"),
    ("https://oauth2:glpat-abc@g.test/x-y.git", "https://oauth2:glpat-[REDACTED]@g.test/x-y.git"),
    ("/api/v1/ght_0123abc/x", "/api/v1/ght_[REDACTED]/x"), ("ght_0123abc-d", "ght_[REDACTED]-d"),
    ("whsec_ICEi+/Jy0u=\n", "whsec_[REDACTED]\n"), ("glpat-a glrt-b", "glpat-[REDACTED] glrt-[REDACTED]"),
    // One prefix may be a part of what stands before another.
    ("freight_glpat-AbCdEf0123456789xyAb", "freight_glpat-[REDACTED]"), ("weight_glrt-abc", "weight_glrt-[REDACTED]"),
    ("ght_glpat-secret", "ght_[REDACTED]-[REDACTED]"), ("glpat-glrt-secret x", "glpat-[REDACTED] x"),
    ("ünï glpat-é glpat-aé", "ünï glpat-é glpat-[REDACTED]é"),
  ])
  func onlyTheTokenIsLeftOut(_ text: String, _ safe: String) { #expect(TokenText.redacted(text) == safe) }

  @Test(arguments: [
    "", "-", "_", "a-b_c", "glpat-", "tokens begin with ght_ or glpat-", "/run/secrets/freight_token", "night_shift", "GLPAT-abc", "gl-pat",
    "glpat_token", "change-gateway", "lglrt-short",
  ])
  func whatIsNoneStays(_ text: String) { #expect(TokenText.redacted(text) == text) }

  @Test func aPrefixAloneLooksLikeOneToTheConfiguration() {
    for text in ["glpat-a", "x glpat-a", "https://oauth2:glpat-a@g.test", "/ght_a", "whsec_"] {
      #expect(TokenText.stands(in: text), "\(text)")
    }
    for text in ["/run/secrets/freight_token", "night_shift", "GLPAT", "glpat_token", "gl-pat"] {
      #expect(!TokenText.stands(in: text), "\(text)")
    }
  }

  @Test func redactingTwiceIsRedactingOnce() {
    let once = TokenText.redacted("a glpat-\(Self.body) b ght_abc")
    #expect(TokenText.redacted(once) == once)
  }
}
