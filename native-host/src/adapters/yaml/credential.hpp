// Credentials the server sends to a PDP or upstream. Stored in files of their own, never in YAML,
// which people paste into tickets and repositories.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "adapters/yaml/yaml_reader.hpp"
#include "upstream/upstream_url.hpp"

namespace portcullis::bff {

/// The secret in a file, without the final line break, or one sentence about the problem, which
/// never contains a part of the secret.
struct SecretFile {
  std::string value;
  std::string problem;
  bool readable_by_others = false;
};
/// Reads a secret of at most limits::kMaxSecretBytes.
SecretFile read_secret(const std::filesystem::path& file);

/// Reads `auth` of the PDP or an upstream: exactly one of `bearer_file`, `basic_file`
/// ("user:password"), or `header` with `value_file`. Paths are relative to the configuration
/// folder. Files are read now, and again by each reload.
void read_credential(MapReader& parent, const std::filesystem::path& config_dir,
                     UpstreamTarget& target);

}  // namespace portcullis::bff
