// The signatures of one entry of plugins.yaml, and whether they are valid.

#include "adapters/yaml/load_parts.hpp"
#include "base/sha256.hpp"
#include "base/text.hpp"
#include "domain/statement_difference.hpp"
#include "portcullis/limits.hpp"

namespace portcullis::bff {
namespace {

/// Base64 of a DER sequence begins with 'M', a Sigstore bundle with '{', a file with '/'.
bool is_file(std::string_view written) { return written.starts_with('/'); }

/// One of the two signatures: its subject, location and error codes.
struct Kind {
  std::string_view what;
  std::string_view key;        ///< its pointer if given in the entry
  std::string_view otherwise;  ///< the pointer of the file it is expected beside
  Code missing;
  Code invalid;
};
constexpr Kind kBundle{"bundle", "/signatures/bundle", "/bundle/file",
                       Code::kBundleSignatureMissing, Code::kBundleSignatureInvalid};
constexpr Kind kManifest{"manifest", "/signatures/manifest", "", Code::kManifestSignatureMissing,
                         Code::kManifestSignatureInvalid};

class Judge {
 public:
  Judge(Plugin& plugin, const Trust& trust, WallTime now, bool enforced, const SignatureNote& note)
      : plugin_(plugin), trust_(trust), now_(now), enforced_(enforced), note_(note) {}

  /// `statement`: the text signed for the manifest; "" for the bundle.
  Voucher of(const Kind& kind, const std::optional<std::string>& written, const std::string& beside,
             const std::array<std::uint8_t, 32>& sha256, std::string_view statement = {}) const {
    const std::string pointer(written ? kind.key : kind.otherwise);
    const std::optional<std::string> text = find(written, beside);
    Voucher voucher;
    if (!text) {
      voucher.lasting = kind.missing;
      if (written) {
        say(kind.missing, pointer, "its signature file cannot be read");
      } else if (enforced_) {
        say(kind.missing, pointer,
            "it has no signature: neither in signatures." + std::string(kind.what) + " nor as " +
                beside + ".sig or .sigstore.json");
      }
      return voucher;
    }
    voucher = vouch(trust_, *text, sha256, kind.invalid);
    const bool other = &kind == &kManifest && voucher.at(now_) == kind.invalid;
    explain(kind, pointer, voucher, sha256, other ? difference(*text, beside, statement) : "");
    return voucher;
  }

  void no_bundle() const {
    if (enforced_) {
      say(Code::kBundleSignatureMissing, "/bundle/file",
          "there is no bundle yet whose signature could be checked");
    }
  }

 private:
  std::optional<std::string> find(const std::optional<std::string>& written,
                                  const std::string& beside) const {
    if (written && !is_file(*written)) return written;
    if (written) return load(relative_bundle_path(*written).value_or(""));
    auto text = load(beside + ".sig");
    return text ? text : load(beside + ".sigstore.json");
  }

  std::optional<std::string> load(const std::string& relative) const {
    const BundleResult found = plugin_.bundles->load(relative);
    if (!found.ok()) return std::nullopt;
    return std::string(without_bom(*found.bundle->identity()));
  }

  /// Explains how the entry differs from what was signed. A signature does not contain the signed
  /// text: a copy of it must be beside the signature, and counts only if a trusted key signed it.
  std::string difference(std::string_view signature, const std::string& beside,
                         std::string_view statement) const {
    const std::string file = beside + ".statement";
    const auto text = load(file);
    if (!text) {
      return "; to see the difference, put " + file + ", which `portcullis sign` writes, beside it";
    }
    const Code code =
        vouch(trust_, signature, sha256(*text), Code::kManifestSignatureInvalid).lasting;
    if (code == Code::kManifestSignatureInvalid) return "; nor does it match " + file;
    const std::string found = statement_difference(*text, statement);
    return found.empty() ? "" : ": " + found;
  }

  void explain(const Kind& kind, const std::string& pointer, const Voucher& voucher,
               const std::array<std::uint8_t, 32>& sha256, const std::string& difference) const {
    const Code code = voucher.at(now_);
    const std::string by = "its signature is by the key " + voucher.key_id + ", which ";
    if (code == kind.invalid && &kind == &kManifest) {
      say(code, pointer,
          "no trusted key signed this manifest with this bundle; after any change of either it "
          "must be signed again" +
              difference);
    } else if (code == kind.invalid) {
      say(code, pointer,
          "no trusted key signed the bundle with the hash sha256:" + Integrity{sha256}.hex());
    } else if (code == Code::kSigningKeyRevoked) {
      say(code, pointer, by + "is revoked");
    } else if (code == Code::kSigningKeyExpired) {
      say(code, pointer, by + "is no longer trusted since " + format_rfc3339(voucher.not_after));
    } else if (code == Code::kSigningKeyNotYetValid) {
      say(code, pointer, by + "is not trusted before " + format_rfc3339(voucher.not_before));
    }
  }

  void say(Code code, std::string_view pointer, std::string_view what) const {
    if (!plugin_.enabled) return;
    note_(code, pointer,
          "the plugin \"" + plugin_.id() + "\": " + std::string(what) +
              (enforced_ ? "; it is not served"
                         : "; it is still served, because signatures are not required"));
  }

  Plugin& plugin_;
  const Trust& trust_;
  const WallTime now_;
  const bool enforced_;
  const SignatureNote& note_;
};

std::optional<std::string> read_signature_key(MapReader& reader, std::string_view key) {
  auto written = reader.text(key);
  if (!written) return std::nullopt;
  if (written->size() > limits::kMaxSignatureBytes) {
    reader.error(Code::kConfigTooLarge, key, "the signature is too large");
  } else if (is_file(*written) &&
             (!written->starts_with("/app/plugins/") || !relative_bundle_path(*written))) {
    reader.error(Code::kBundleOutsideRoot, key,
                 '"' + std::string(key) +
                     "\" must be base64, a Sigstore bundle, or a plain path below /app/plugins");
  }
  return written;
}

}  // namespace

WrittenSignatures read_signatures(MapReader& entry) {
  WrittenSignatures written;
  const YamlNode* node = entry.map("signatures");
  if (node == nullptr) return written;
  MapReader reader(*node, entry.pointer_of("signatures"), entry.sink());
  written.bundle = read_signature_key(reader, "bundle");
  written.manifest = read_signature_key(reader, "manifest");
  reader.finish();
  return written;
}

void judge_signatures(Plugin& plugin, const WrittenSignatures& written,
                      const SigningSettings& settings, WallTime now, const SignatureNote& note) {
  const Trust& trust = settings.of(plugin.tenant);
  const bool enforced = trust.required && !settings.dev_unsigned;
  if (!enforced && trust.keys.empty()) return;
  const Judge judge(plugin, trust, now, enforced, note);
  Voucher bundle;
  Voucher manifest;
  if (!plugin.promised) {
    // Without bundle bytes neither signature can be checked.
    bundle.lasting = Code::kBundleSignatureMissing;
    judge.no_bundle();
  } else {
    const std::string folder = plugin.bundle_file.substr(0, plugin.bundle_file.rfind('/') + 1);
    bundle = judge.of(kBundle, written.bundle, plugin.bundle_file, plugin.promised->digest);
    const std::string statement = signing_statement(plugin.manifest, *plugin.promised);
    manifest =
        judge.of(kManifest, written.manifest, folder + "manifest", sha256(statement), statement);
  }
  if (!enforced) return;
  plugin.signature_status =
      std::make_shared<SignatureStatus>(std::move(bundle), std::move(manifest));
  plugin.signature_status->update(now);
}

}  // namespace portcullis::bff
