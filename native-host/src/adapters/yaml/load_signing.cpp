// `signing` and `dev` of settings.yaml, and `tenants.HOST.signing`.

#include <algorithm>
#include <fstream>

#include "adapters/yaml/load_parts.hpp"
#include "base/text.hpp"
#include "portcullis/limits.hpp"

namespace portcullis::bff {
namespace {

constexpr std::size_t kMaxKeyFileBytes = 16'384;

/// The content of a regular file; nullopt if it is not one, unreadable, or too large for a key.
std::optional<std::string> read_key_file(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error))
    return std::nullopt;  // opening a FIFO would block
  std::ifstream in(path, std::ios::binary);
  std::string text(kMaxKeyFileBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad() || !in.eof()) return std::nullopt;
  text.resize(static_cast<std::size_t>(in.gcount()));
  return std::string(without_bom(text));
}

bool is_key_id(std::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

constexpr std::string_view kKeyIdIs =
    " must be a key id: the SHA-256 of the key's SPKI DER, 64 lower-case hexadecimal digits, as "
    "printed by `portcullis keygen`";

/// A date stands for its first moment in UTC.
std::optional<WallTime> read_instant(MapReader& reader, std::string_view key) {
  const auto text = reader.text(key);
  if (!text) return std::nullopt;
  const bool date_only = text->size() == std::string_view("2026-01-31").size();
  const auto time = parse_rfc3339(date_only ? *text + "T00:00:00Z" : *text);
  if (!time) {
    reader.error(Code::kConfigBadValue, key,
                 '"' + std::string(key) +
                     "\" must be a date, 2026-01-31, or an RFC 3339 time, 2026-01-31T12:00:00Z");
  }
  return time;
}

std::optional<TrustedKey> read_key(MapReader& reader, const std::filesystem::path& config_dir) {
  const std::string file = reader.required_text("file");
  const auto pinned = reader.text("id");
  if (pinned && !is_key_id(*pinned)) {
    reader.error(Code::kConfigBadValue, "id", "\"id\"" + std::string(kKeyIdIs));
  }
  const auto not_before = read_instant(reader, "not_before");
  const auto not_after = read_instant(reader, "not_after");
  const bool revoked = reader.boolean("revoked").value_or(false);
  if (not_before && not_after && *not_before >= *not_after) {
    reader.error(Code::kConfigBadValue, "not_after", "\"not_after\" is not after not_before");
  }
  reader.finish();
  if (file.empty()) return std::nullopt;
  const auto text = read_key_file(config_dir / file);
  if (!text) {
    reader.error(Code::kSigningKeyInvalid, "file", "the key \"" + file + "\" cannot be read");
    return std::nullopt;
  }
  if (const TextProblem bad = check_text(*text); !bad.message.empty()) {
    reader.error(Code::kSigningKeyInvalid, "file", "the key \"" + file + "\" " + bad.message);
    return std::nullopt;
  }
  auto key = PublicKey::from_pem(*text);
  if (const auto* why = std::get_if<std::string>(&key)) {
    reader.error(Code::kSigningKeyInvalid, "file", "the key \"" + file + "\": " + *why);
    return std::nullopt;
  }
  TrustedKey trusted{.key = std::move(std::get<PublicKey>(key)),
                     .not_before = not_before.value_or(WallTime::min()),
                     .not_after = not_after.value_or(WallTime::max()),
                     .revoked = revoked};
  if (pinned && is_key_id(*pinned) && *pinned != trusted.key.id()) {
    reader.error(Code::kSigningKeyInvalid, "id",
                 "the key \"" + file + "\" has the id " + trusted.key.id());
  }
  return trusted;
}

void read_keys(MapReader& signing, Trust& trust, const std::filesystem::path& config_dir) {
  const YamlNode* list = signing.list("keys");
  if (list == nullptr) return;
  trust.keys.clear();  // a tenant's own keys replace the general ones
  if (list->items.size() > limits::kMaxSigningKeys) {
    signing.error(Code::kConfigTooLarge, "keys",
                  "more than " + std::to_string(limits::kMaxSigningKeys) + " keys");
    return;
  }
  for (std::size_t i = 0; i < list->items.size(); ++i) {
    MapReader reader(list->items[i], signing.pointer_of("keys") + '/' + std::to_string(i),
                     signing.sink());
    auto key = read_key(reader, config_dir);
    if (!key) continue;
    const bool twice =
        std::any_of(trust.keys.begin(), trust.keys.end(),
                    [&](const TrustedKey& other) { return other.key.id() == key->key.id(); });
    if (twice) {
      reader.error(Code::kConfigDuplicate, "file", "the key is listed twice: " + key->key.id());
      continue;
    }
    trust.keys.push_back(*std::move(key));
  }
}

void require_keys(MapReader& signing, const SigningSettings& settings, const Trust& trust) {
  if (!trust.required || !trust.keys.empty() || settings.dev_unsigned) return;
  if (signing.is_wrong("keys")) return;
  // Invalid keys already have their own error.
  if (const YamlNode* list = signing.any("keys"); list != nullptr && !list->items.empty()) return;
  signing.error(Code::kConfigRequired, "required",
                "signatures are required but there is no key, so no plugin could be served");
}

void revoke(Trust& trust, const std::vector<std::string>& ids) {
  for (TrustedKey& key : trust.keys) {
    if (std::find(ids.begin(), ids.end(), key.key.id()) != ids.end()) key.revoked = true;
  }
}

}  // namespace

void load_signing(MapReader& root, SigningSettings& settings, const LoadOptions& options) {
  if (const YamlNode* dev = root.map("dev")) {
    MapReader reader(*dev, root.pointer_of("dev"), root.sink());
    settings.dev_unsigned = reader.boolean("unsigned").value_or(false);
    if (settings.dev_unsigned && !options.on_loopback) {
      reader.error(Code::kDevModeNotLocal, "unsigned",
                   "the server listens on more than loopback (--host), where unsigned plugins must "
                   "not be served");
    }
    reader.finish();
  }
  const YamlNode* node = root.map("signing");
  if (node == nullptr) return;
  MapReader reader(*node, root.pointer_of("signing"), root.sink());
  settings.trust.required = reader.boolean("required").value_or(false);
  read_keys(reader, settings.trust, options.config_dir);
  settings.revoked = reader.texts("revoked");
  for (const std::string& id : settings.revoked) {
    if (!is_key_id(id)) {
      reader.error(Code::kConfigBadValue, "revoked", "\"" + id + "\"" + std::string(kKeyIdIs));
    }
  }
  revoke(settings.trust, settings.revoked);
  require_keys(reader, settings, settings.trust);
  reader.finish();
}

void load_tenant_signing(MapReader& tenant, const std::string& id, SigningSettings& settings,
                         const LoadOptions& options) {
  const YamlNode* node = tenant.map("signing");
  if (node == nullptr) return;
  MapReader reader(*node, tenant.pointer_of("signing"), tenant.sink());
  Trust trust = settings.trust;
  trust.required = reader.boolean("required").value_or(trust.required);
  read_keys(reader, trust, options.config_dir);
  revoke(trust, settings.revoked);
  require_keys(reader, settings, trust);
  reader.finish();
  settings.tenants.emplace(id, std::move(trust));
}

void check_revoked_ids(MapReader& root, const SigningSettings& settings) {
  const auto has = [](const Trust& trust, const std::string& id) {
    return std::any_of(trust.keys.begin(), trust.keys.end(),
                       [&](const TrustedKey& key) { return key.key.id() == id; });
  };
  for (const std::string& id : settings.revoked) {
    const bool known = has(settings.trust, id) ||
                       std::any_of(settings.tenants.begin(), settings.tenants.end(),
                                   [&](const auto& tenant) { return has(tenant.second, id); });
    if (known || !is_key_id(id)) continue;
    // A typing error here would leave a lost key in force.
    root.warning(Code::kConfigDangling, "signing", "no key has the revoked id " + id);
  }
}

}  // namespace portcullis::bff
