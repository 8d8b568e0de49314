#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <cctype>
#include <fstream>
#include <functional>
#include <iterator>
#include <set>

#include "run_io.hpp"
#include "scripted_upstream.hpp"
#include "temp_folder.hpp"
#include "upstream/http_client.hpp"

namespace portcullis::bff {
namespace {

using testing::Peer;
using testing::ScriptedUpstream;

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
};

/// Writes a self-signed certificate for a host name to `folder`. `ends`: seconds from now.
void make_certificate(const testing::TempFolder& folder, const std::string& host,
                      long ends = 3600) {
  const std::unique_ptr<EVP_PKEY, Free> key(EVP_EC_gen("P-256"));
  const std::unique_ptr<X509, Free> certificate(X509_new());
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -7200);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), ends);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  const std::string alternative =
      std::isdigit(static_cast<unsigned char>(host.front())) != 0 ? "IP:" + host : "DNS:" + host;
  const std::unique_ptr<X509_EXTENSION, Free> names(
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, alternative.c_str()));
  X509_add_ext(certificate.get(), names.get(), -1);
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  FILE* file = std::fopen((folder / "key.pem").c_str(), "w");
  PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(file);
  file = std::fopen((folder / "cert.pem").c_str(), "w");
  PEM_write_X509(file, certificate.get());
  std::fclose(file);
}

class HttpClientTls : public ::testing::Test {
 protected:
  using Outcome = std::variant<IncomingResponse, UpstreamFailure>;
  /// Changes the target before use; receives the certificate's text.
  using Change = std::function<void(UpstreamTarget&, const std::string& pem)>;

  Outcome get(const std::string& certified, bool trusted, bool verify = true,
              const Change& change = {}, long ends = 3600) {
    testing::TempFolder folder;
    make_certificate(folder, certified, ends);
    asio::ssl::context server(asio::ssl::context::tls_server);
    server.use_certificate_file((folder / "cert.pem").string(), asio::ssl::context::pem);
    server.use_private_key_file((folder / "key.pem").string(), asio::ssl::context::pem);
    SSL_CTX_set_tlsext_servername_callback(server.native_handle(), &HttpClientTls::on_name);
    SSL_CTX_set_tlsext_servername_arg(server.native_handle(), &asked_name);
    asked_name.clear();
    ScriptedUpstream upstream(context, [&](Peer& peer) -> asio::awaitable<void> {
      asio::ssl::stream<Tcp::socket&> tls(peer.socket(), server);
      error_code error;
      co_await tls.async_handshake(asio::ssl::stream_base::server,
                                   asio::redirect_error(asio::use_awaitable, error));
      while (!error) {
        std::string head;
        co_await asio::async_read_until(tls, asio::dynamic_buffer(head), "\r\n\r\n",
                                        asio::redirect_error(asio::use_awaitable, error));
        if (error) break;
        const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret";
        co_await asio::async_write(tls, asio::buffer(answer),
                                   asio::redirect_error(asio::use_awaitable, error));
      }
    });
    HttpClient client(context);
    auto target = std::get<UpstreamTarget>(
        parse_upstream_url("tls", "https://localhost:" + std::to_string(upstream.port())));
    target.verify_tls = verify;
    std::ifstream in(folder / "cert.pem");
    const std::string pem(std::istreambuf_iterator<char>(in), {});
    if (trusted) {
      target.ca_pem = pem;
      target.ca_id = "its own";
    }
    if (change) change(target, pem);
    complete(target);
    auto first = testing::run(context, client.request(target, {}));
    if (std::holds_alternative<IncomingResponse>(first)) {
      EXPECT_TRUE(std::holds_alternative<IncomingResponse>(
          testing::run(context, client.request(target, {}))));
      EXPECT_EQ(upstream.connections(), 1U) << "TLS connections are reused, too";
    }
    return first;
  }
  static int on_name(SSL* tls, int*, void* into) {
    const char* const name = SSL_get_servername(tls, TLSEXT_NAMETYPE_host_name);
    if (name != nullptr) *static_cast<std::string*>(into) = name;
    return SSL_TLSEXT_ERR_OK;
  }
  static std::string detail_of(const Outcome& outcome) {
    const auto* failure = std::get_if<UpstreamFailure>(&outcome);
    return failure == nullptr ? "answered" : failure->detail;
  }
  asio::io_context context;
  std::string asked_name;  // SNI
};

TEST_F(HttpClientTls, AcceptsATrustedPeerWithTheRightName) {
  const auto outcome = get("localhost", true);
  ASSERT_TRUE(std::holds_alternative<IncomingResponse>(outcome))
      << std::get<UpstreamFailure>(outcome).detail;
  EXPECT_EQ(std::get<IncomingResponse>(outcome).body, "secret");
}

TEST_F(HttpClientTls, RejectsUntrustedPeers) {
  const auto outcome = get("localhost", false);
  ASSERT_TRUE(std::holds_alternative<UpstreamFailure>(outcome));
  EXPECT_EQ(std::get<UpstreamFailure>(outcome).code, Code::kUpstreamUnavailable);
  EXPECT_NE(std::get<UpstreamFailure>(outcome).detail.find("TLS"), std::string::npos);
}

TEST_F(HttpClientTls, RejectsPeersWithAnotherName) {
  EXPECT_TRUE(std::holds_alternative<UpstreamFailure>(get("sales.example", true)));
}

TEST_F(HttpClientTls, SkipsVerificationIfConfigured) {
  EXPECT_TRUE(std::holds_alternative<IncomingResponse>(get("sales.example", false, false)));
}

TEST_F(HttpClientTls, ExplainsRejectedCertificates) {
  const std::string unknown = detail_of(get("localhost", false));
  EXPECT_NE(unknown.find("certificate is not trusted"), std::string::npos) << unknown;
  EXPECT_NE(unknown.find("ca_file"), std::string::npos) << unknown;
  const std::string other = detail_of(get("sales.example", true));
  EXPECT_NE(other.find("not valid for localhost"), std::string::npos) << other;
  EXPECT_NE(other.find("server_name"), std::string::npos) << other;
  const std::string old = detail_of(get("localhost", true, true, {}, -60));
  EXPECT_NE(old.find("expired"), std::string::npos) << old;
}

TEST_F(HttpClientTls, TrustsOnlyTheUpstreamsAuthorities) {
  const auto own = [](UpstreamTarget& target, const std::string& pem) {
    target.ca_pem = pem;
    target.ca_id = "own";
  };
  EXPECT_EQ(detail_of(get("localhost", false, true, own)), "answered");
  EXPECT_NE(detail_of(get("sales.example", false, true, own)).find("not valid for localhost"),
            std::string::npos);
  testing::TempFolder folder;
  make_certificate(folder, "localhost");
  std::ifstream in(folder / "cert.pem");
  const std::string pem(std::istreambuf_iterator<char>(in), {});
  const auto another = [&](UpstreamTarget& target, const std::string&) {
    target.ca_pem = pem;
    target.ca_id = "another";
  };
  // The machine's authorities are not used in addition.
  EXPECT_NE(detail_of(get("localhost", true, true, another)), "answered");
}

TEST_F(HttpClientTls, UsesTheConfiguredServerName) {
  const auto named = [](UpstreamTarget& target, const std::string&) {
    target.server_name = "sales.example";
  };
  EXPECT_EQ(detail_of(get("sales.example", true, true, named)), "answered");
  EXPECT_EQ(asked_name, "sales.example");
  EXPECT_NE(detail_of(get("localhost", true, true, named)), "answered");
  const auto address = [](UpstreamTarget& target, const std::string&) {
    target.host = "127.0.0.1";
  };
  EXPECT_EQ(detail_of(get("127.0.0.1", true, true, address)), "answered");
  EXPECT_EQ(asked_name, "") << "RFC 6066, 3: no addresses";
  EXPECT_NE(detail_of(get("127.0.0.2", true, true, address)), "answered");
}

TEST(UpstreamTrust, ConnectionsAreSharedOnlyWithEqualTrust) {
  const auto target = [](const auto& change) {
    auto out = std::get<UpstreamTarget>(parse_upstream_url("a", "https://sales"));
    change(out);
    complete(out);
    return out.pool_key;
  };
  const std::string plain = target([](UpstreamTarget&) {});
  const std::string ca = target([](UpstreamTarget& of) { of.ca_id = "1"; });
  const std::string other = target([](UpstreamTarget& of) { of.ca_id = "2"; });
  const std::string name = target([](UpstreamTarget& of) { of.server_name = "b"; });
  const std::string blind = target([](UpstreamTarget& of) { of.verify_tls = false; });
  EXPECT_EQ((std::set<std::string>{plain, ca, other, name, blind}.size()), 5U);
}

}  // namespace
}  // namespace portcullis::bff
