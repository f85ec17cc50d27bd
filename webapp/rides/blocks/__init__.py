"""An owner does not let a rider ride the owner's vehicles."""
