// The keys of routes.yaml about proxying: forwarded headers, origins, and trusted certificates.
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <sstream>

#include "adapters/yaml/load_parts.hpp"
#include "base/ascii.hpp"
#include "base/host_name.hpp"
#include "base/sha256.hpp"
#include "portcullis/limits.hpp"
#include "upstream/header_filter.hpp"

namespace portcullis::bff {

namespace {

/// The number of certificates in a PEM text; 0 if there are none or one is invalid.
std::size_t count_certificates(const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> in(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
  std::size_t count = 0;
  while (in) {
    const std::unique_ptr<X509, decltype(&X509_free)> one(
        PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr), &X509_free);
    if (!one) break;
    ++count;
  }
  return count;
}

void read_ca_file(MapReader& reader, UpstreamTarget& target, const std::filesystem::path& folder) {
  const std::string name = reader.text("ca_file").value_or("");
  if (name.empty()) return;
  const std::filesystem::path path = std::filesystem::absolute(folder) / name;
  std::ifstream in(path, std::ios::binary);
  std::string pem(limits::kMaxCaFileBytes + 1, '\0');
  in.read(pem.data(), static_cast<std::streamsize>(pem.size()));
  pem.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
  if (!in.eof() || pem.empty()) {
    reader.error(Code::kConfigBadValue, "ca_file",
                 pem.size() > limits::kMaxCaFileBytes
                     ? "the file is larger than MAX_CA_FILE_BYTES"
                     : "the file cannot be read, or is empty; the name is relative to the "
                       "configuration folder");
  } else if (count_certificates(pem) == 0) {
    reader.error(Code::kConfigBadValue, "ca_file",
                 "the file contains no valid certificate; it must be PEM text with one or more "
                 "-----BEGIN CERTIFICATE----- blocks");
  } else if (!target.tls || !target.verify_tls) {
    reader.error(Code::kConfigBadValue, "ca_file",
                 target.tls
                     ? "\"ca_file\" has no effect with \"verify_tls: false\"; remove one of them"
                     : "\"ca_file\" has no effect for an http:// upstream");
  } else {
    target.ca_id = sha256_hex(pem);
    target.ca_pem = std::move(pem);
  }
}

}  // namespace

std::vector<std::string> read_forward_headers(MapReader& reader) {
  std::vector<std::string> names;
  for (const std::string& text : reader.texts("forward_headers")) {
    std::string name(text);
    std::transform(name.begin(), name.end(), name.begin(), ascii_lower);
    const auto refuse = [&](std::string_view why) {
      reader.error(Code::kConfigBadValue, "forward_headers",
                   "\"" + text + "\" " + std::string(why));
    };
    if (name.find('*') != name.npos) {
      refuse("is a pattern; name each header in full");
    } else if (name.empty() || !std::all_of(name.begin(), name.end(), is_token_char)) {
      refuse("is not a header name such as Tus-Resumable");
    } else if (request_header_forbidden(name)) {
      refuse(
          "is never forwarded: credentials, identity, hop-by-hop headers and overrides of method, "
          "target or address belong to the gateway (docs/configuration.md lists them)");
    } else if (std::find(names.begin(), names.end(), name) == names.end()) {
      names.push_back(std::move(name));
    }
  }
  if (names.size() > limits::kMaxForwardHeaders) {
    reader.error(
        Code::kConfigBadValue, "forward_headers",
        "more than MAX_FORWARD_HEADERS (" + std::to_string(limits::kMaxForwardHeaders) + ") names");
  }
  return names;
}

void add_forward_headers(std::vector<std::string>& to, const std::vector<std::string>& more) {
  for (const std::string& name : more) {
    if (std::find(to.begin(), to.end(), name) == to.end()) to.push_back(name);
  }
}

void read_upstream_identity(MapReader& reader, UpstreamTarget& target,
                            const std::filesystem::path& folder) {
  for (const std::string& text : reader.texts("origins")) {
    auto origin = parse_origin(text);
    if (!origin) {
      reader.error(Code::kConfigBadValue, "origins",
                   "\"" + text +
                       "\" is not an origin, such as https://sales.example.com: scheme, "
                       "host and port, without a path");
    } else {
      target.origins.push_back(std::move(*origin));
    }
  }
  target.server_name = reader.text("server_name").value_or("");
  if (!target.server_name.empty() && !target.tls) {
    reader.error(Code::kConfigBadValue, "server_name",
                 "\"server_name\" has no effect for an http:// upstream");
  } else if (!target.server_name.empty() && !normalize_host_name(target.server_name)) {
    reader.error(Code::kConfigBadValue, "server_name",
                 "\"server_name\" must be a host name without a port, as in the certificate");
  }
  read_ca_file(reader, target, folder);
  complete(target);
}

}  // namespace portcullis::bff
