/// GitLab's name for the role of an access level (docs.gitlab.com, "Roles and permissions"). One between two has the lower one's rights.
func roleName(_ level: Int64) -> String {
  switch level {
  case 50...: "Owner"
  case 40...: "Maintainer"
  case 30...: "Developer"
  case 20...: "Reporter"
  default: "Guest"
  }
}
