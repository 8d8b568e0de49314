#include "adapters/yaml/credential.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <set>
#include <system_error>

#include "base/ascii.hpp"
#include "base/descriptor.hpp"
#include "base/encoding.hpp"
#include "base/host_name.hpp"
#include "base/text.hpp"
#include "portcullis/header_lists.hpp"
#include "portcullis/limits.hpp"

namespace portcullis::bff {
namespace {

/// RFC 9110, section 5.5, ASCII only: cannot contain a line end.
bool is_field_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

/// RFC 6750, section 2.1.
bool is_bearer_token(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~+/=").find(c) != std::string_view::npos;
  });
}

/// Whether the field may carry a credential: not one for framing, identity or the server's own use.
bool may_carry(std::string_view name) {
  static const std::set<std::string, std::less<>> kTaken = {
      "host",       "connection", "content-length",   "content-type", "transfer-encoding",
      "te",         "trailer",    "upgrade",          "keep-alive",   "expect",
      "accept",     "cookie",     "proxy-connection", "forwarded",    "x-request-id",
      "x-plugin-id"};
  if (name.empty() || name.size() > 64 || !std::all_of(name.begin(), name.end(), is_token_char)) {
    return false;
  }
  std::string small(name);
  std::transform(small.begin(), small.end(), small.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  // Nor one that a client may send, because its value would come first.
  const bool passes =
      std::find(header_lists::kRequestPass.begin(), header_lists::kRequestPass.end(), small) !=
      header_lists::kRequestPass.end();
  return !passes && !kTaken.contains(small) && !small.starts_with("x-forwarded-") &&
         !small.starts_with("x-portcullis-");
}

/// Reads the secret in the file named by `key`; nullopt if there is none or it is unusable.
std::optional<std::string> secret_of(MapReader& reader, std::string_view key,
                                     const std::filesystem::path& config_dir) {
  const auto file = reader.text(key);
  if (!file) return std::nullopt;
  SecretFile secret = read_secret(config_dir / *file);
  if (!secret.problem.empty()) {
    reader.error(Code::kConfigFileMissing, key,
                 "the secret in \"" + *file + "\" " + secret.problem);
    return std::nullopt;
  }
  if (secret.readable_by_others) {
    reader.warning(
        Code::kConfigSecretExposed, key,
        "every user of this machine can read the secret in \"" + *file + "\"; run chmod o-r on it");
  }
  return std::move(secret.value);
}

}  // namespace

SecretFile read_secret(const std::filesystem::path& file) {
  SecretFile out;
  const auto fail = [&out](std::string why) {
    out.value.clear();
    out.problem = std::move(why);
    return out;
  };
  const Descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status = {};
  if (opened.get() < 0 || ::fstat(opened.get(), &status) != 0) {
    return fail("cannot be read: " + std::generic_category().message(errno));
  }
  if (!S_ISREG(status.st_mode)) return fail("cannot be read: it is not a regular file");
  if ((status.st_mode & S_IWOTH) != 0) {
    return fail("is not used: every user of this machine can change it; run chmod o-w on it");
  }
  out.readable_by_others = (status.st_mode & S_IROTH) != 0;
  std::array<char, limits::kMaxSecretBytes + 3> bytes{};
  std::size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t got = ::read(opened.get(), bytes.data() + size, bytes.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail("cannot be read: " + std::generic_category().message(errno));
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  const std::string_view all(bytes.data(), size);
  if (const TextProblem bad = check_text(all); !bad.message.empty()) return fail(bad.message);
  std::string_view text = without_bom(all);
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  if (text.size() > limits::kMaxSecretBytes) {
    return fail("is larger than " + std::to_string(limits::kMaxSecretBytes) + " bytes");
  }
  if (text.empty()) return fail("is empty");
  if (text.front() == ' ' || text.front() == '\t' || text.back() == ' ' || text.back() == '\t') {
    return fail("begins or ends with a blank; remove it");
  }
  if (!is_field_value(text)) {
    return fail("has more than one line or non-ASCII characters, which a header cannot carry");
  }
  out.value = text;
  return out;
}

void read_credential(MapReader& parent, const std::filesystem::path& config_dir,
                     UpstreamTarget& target) {
  const YamlNode* node = parent.map("auth");
  if (node == nullptr) return;
  MapReader reader(*node, parent.pointer_of("auth"), parent.sink());
  const int kinds = (reader.has("bearer_file") ? 1 : 0) + (reader.has("basic_file") ? 1 : 0) +
                    (reader.has("header") || reader.has("value_file") ? 1 : 0);
  if (kinds != 1) {
    parent.error(
        Code::kConfigRequired, "auth",
        "\"auth\" must have exactly one of bearer_file, basic_file, or header with value_file");
  } else if (const auto token = secret_of(reader, "bearer_file", config_dir)) {
    target.credential_name = "Authorization";
    target.credential_value = "Bearer " + *token;
    if (!is_bearer_token(*token)) {
      reader.error(Code::kConfigBadValue, "bearer_file",
                   "the secret is not a bearer token: use letters, digits and - . _ ~ + / = (the "
                   "file contains only the token, without \"Bearer\")");
    }
  } else if (const auto person = secret_of(reader, "basic_file", config_dir)) {
    target.credential_name = "Authorization";
    target.credential_value = "Basic " + base64_encode(*person);
    if (person->find(':') == person->npos) {
      reader.error(Code::kConfigBadValue, "basic_file",
                   "the secret must be \"user:password\", not encoded in base64");
    }
  } else if (reader.has("header") || reader.has("value_file")) {
    target.credential_name = reader.required_text("header");
    if (!reader.has("value_file")) {
      reader.error(Code::kConfigRequired, "value_file",
                   "\"value_file\" is required with \"header\"");
    }
    target.credential_value = secret_of(reader, "value_file", config_dir).value_or("");
    if (!target.credential_name.empty() && !may_carry(target.credential_name)) {
      reader.error(
          Code::kConfigBadValue, "header",
          "\"" + target.credential_name +
              "\" cannot carry a credential; use a field such as Authorization or X-Api-Key");
    }
  }
  if (!target.credential_name.empty() && !target.tls && !is_loopback(target.host)) {
    parent.warning(Code::kConfigSecretExposed, "auth",
                   "the credential is sent in clear text; use https");
  }
  reader.finish();
}

}  // namespace portcullis::bff
