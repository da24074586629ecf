package bce

import (
	"slices"
	"strings"
)

// Error codes of the cloud's common table (https://cloud.baidu.com/doc/BCC/s/Ojwvyo6nc,
// https://cloud.baidu.com/doc/EIP/s/Ljwvz33m6-en) that decide something here.
const (
	codeMismatch = "IdempotentParameterMismatch"
	codeExpired  = "RequestExpired"
)

// oneOf compares without case.
func oneOf(s string, list ...string) bool {
	return slices.ContainsFunc(list, func(e string) bool { return strings.EqualFold(e, s) })
}

// accountCode reports whether a code concerns the account, its key or its
// right to buy, so that every other resource would get the same answer. All
// but the last two are of the common table; IamSignatureInvalid is the newer
// gateway's (bce-sdk-go issue 104), SeniorRealNameQualify is seen with orders.
//
// AccessDenied may concern one resource where policies are fine-grained. It
// still counts: who may not renew one of a list is better told at once than
// after a hundred refusals.
func accountCode(code string) bool {
	return balanceCode(code) || oneOf(code,
		"InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidHTTPAuthHeader",
		"AccessDenied", "OptInRequired", "QualifyNotPass",
		"IamSignatureInvalid", "SeniorRealNameQualify")
}

// balanceCode reports whether a code is clearly about too little money. None
// is documented, so words are looked for.
func balanceCode(code string) bool {
	code = strings.ToLower(code)
	if strings.Contains(code, "loadbalance") {
		return false
	}
	return containsAny(code, "balance", "arrear", "insufficientfund", "notenoughmoney", "accountoverdue")
}

// aboutBalance reports whether code or message seem to be about money. It is
// good for a better sentence and for nothing else.
func aboutBalance(code, message string) bool {
	return balanceCode(code) || containsAny(strings.ToLower(code), "insufficient", "payment") ||
		containsAny(strings.ToLower(message), "balance", "insufficient fund", "arrear", "payment", "余额", "欠费")
}

// throttlingCode reports whether a code says that there were too many
// requests. None is documented for these services; the words are those that
// neighbouring clouds and gateways use. Quotas are not meant.
func throttlingCode(code string) bool {
	return containsAny(strings.ToLower(code),
		"throttl", "toomanyrequest", "ratelimit", "requestlimit", "flowcontrol", "flowlimit", "slowdown", "qpslimit")
}

// expiredCode reports whether an error says that the clocks differ or that the
// signature came too late. The message is an older gateway's (bce-sdk-go issue 84).
func expiredCode(code, message string) bool {
	return strings.EqualFold(code, codeExpired) ||
		strings.EqualFold(code, "InvalidRequest") && strings.Contains(message, "Fail to check timestamp")
}

// notFoundCode reports whether a code says that there is no such resource:
// NoSuchObject is of the page "Instance Renewal", the others are what the
// Terraform provider takes for "not found".
func notFoundCode(code string) bool {
	return oneOf(code, "NoSuchObject", "ResourceNotFound", "InvalidInstanceId.NotFound",
		"Forbidden.InstanceNotFound", "EipNotFound", "NoSuchNat")
}

func containsAny(s string, words ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(s, w) })
}
