# Twenty things to buy. Creating one appends a line to a file, which is the charge,
# and then takes a while to answer. It stands for any call that buys when it is made.

variable "items" {
  type    = number
  default = 20
}

variable "answer_after" {
  type    = string
  default = "0.2"
}

resource "terraform_data" "renewal" {
  count = var.items

  provisioner "local-exec" {
    command = "echo item-${count.index} >> charges; sleep ${var.answer_after}"
  }
}
