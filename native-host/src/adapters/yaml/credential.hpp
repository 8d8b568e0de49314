// Credentials that this server shows to a PDP or an upstream. They are in files of their own, never
// in the YAML, which people paste into tickets and repositories.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "adapters/yaml/yaml_reader.hpp"
#include "upstream/upstream_url.hpp"

namespace portcullis::bff {

/// What a file with a secret holds, without the line break at its end, or one sentence of what is
/// wrong with it, which never has a part of the secret in it.
struct SecretFile {
  std::string value;
  std::string problem;
  bool readable_by_others = false;
};
SecretFile read_secret(const std::filesystem::path& file);

/// `auth` of the PDP or an upstream: one of `bearer_file`, `basic_file` ("user:password"), or
/// `header` with `value_file`. Files are relative to the configuration folder, and read now: a
/// reload reads them again.
void read_credential(MapReader& parent, const std::filesystem::path& config_dir,
                     UpstreamTarget& target);

}  // namespace portcullis::bff
