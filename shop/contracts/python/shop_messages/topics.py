"""Where messages go."""

INVENTORY_COMMANDS = "inventory-commands"
PAYMENT_COMMANDS = "payment-commands"
ORDER_COMMANDS = "order-commands"
CHECKOUT_REPLIES = "checkout-replies"
DEAD_LETTERS = "dead-letters"

PARTITIONS = {
    INVENTORY_COMMANDS: 6,
    PAYMENT_COMMANDS: 6,
    ORDER_COMMANDS: 6,
    CHECKOUT_REPLIES: 6,
    DEAD_LETTERS: 1,
}
