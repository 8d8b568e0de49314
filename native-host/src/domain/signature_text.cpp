#include "domain/signature_text.hpp"

#include "base/encoding.hpp"
#include "base/strict_json.hpp"
#include "portcullis/limits.hpp"

namespace portcullis::bff {

namespace {

constexpr std::string_view kMediaType = "application/vnd.dev.sigstore.bundle.v0.3+json";

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

const nlohmann::json* member(const nlohmann::json* object, const char* key) {
  if (object == nullptr || !object->is_object()) return nullptr;
  const auto found = object->find(key);
  return found == object->end() ? nullptr : &*found;
}

bool is_text(const nlohmann::json* value, std::string_view text) {
  return value != nullptr && value->is_string() && value->get_ref<const std::string&>() == text;
}

std::optional<std::string> bytes_of(const nlohmann::json* value) {
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return base64_decode(value->get_ref<const std::string&>());
}

std::optional<std::string> from_sigstore(std::string_view text,
                                         const std::array<std::uint8_t, 32>& sha256) {
  constexpr std::size_t kDepth = 16;
  nlohmann::json bundle;
  if (parse_strict_json(text, limits::kMaxSignatureBytes, kDepth, bundle) != Code::kAllowed ||
      !is_text(member(&bundle, "mediaType"), kMediaType)) {
    return std::nullopt;
  }
  const nlohmann::json* material = member(&bundle, "verificationMaterial");
  if (member(material, "publicKey") == nullptr) return std::nullopt;
  const nlohmann::json* message = member(&bundle, "messageSignature");
  if (const nlohmann::json* digest = member(message, "messageDigest")) {
    const std::string_view expected(reinterpret_cast<const char*>(sha256.data()), sha256.size());
    if (!is_text(member(digest, "algorithm"), "SHA2_256") ||
        bytes_of(member(digest, "digest")) != expected) {
      return std::nullopt;
    }
  }
  return bytes_of(member(message, "signature"));
}

}  // namespace

std::optional<std::string> read_signature(std::string_view text,
                                          const std::array<std::uint8_t, 32>& sha256) {
  if (text.size() > limits::kMaxSignatureBytes) return std::nullopt;
  text = trimmed(text);
  return text.starts_with('{') ? from_sigstore(text, sha256) : base64_decode(text);
}

}  // namespace portcullis::bff
