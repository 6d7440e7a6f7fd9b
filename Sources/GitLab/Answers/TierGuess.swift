/// The tier that GitLab gives an environment by its name, when `deployment_tier` is not set.
///
/// The rules and their order are those of `Environment#guess_tier` in GitLab's app/models/environment.rb, searched anywhere in the name
/// whatever its case; the documentation's "Deployment tier of environments" describes them:
///
///     development  (dev|review|trunk)
///     testing      (test|tst|int|ac(ce|)pt|qa|qc|control|quality)
///     staging      (st(a|)g|mod(e|)l|pre|demo|non)
///     production   (pr(o|)d|live)
///
/// A guess, used only where GitLab does not let us read the environment itself.
func guessedTier(ofEnvironment name: String) -> String {
  let name = name.lowercased()
  for (tier, parts) in tierParts where parts.contains(where: name.contains) { return tier }
  return "other"
}

private let tierParts: [(tier: String, parts: [String])] = [
  ("development", ["dev", "review", "trunk"]),
  ("testing", ["test", "tst", "int", "accept", "acpt", "qa", "qc", "control", "quality"]),
  ("staging", ["stag", "stg", "model", "modl", "pre", "demo", "non"]),
  ("production", ["prod", "prd", "live"]),
]
